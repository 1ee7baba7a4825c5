import type { V1Secret } from "@kubernetes/client-node";
import type { Inputs } from "./inputs.ts";
import { child, childName, hasCopies, redisPodNames } from "./names.ts";
import { derivedPassword, PASSWORD_KEY, PASSWORDS_KEY, type Passwords } from "./passwords.ts";
import { BACKUP_USER, EXPORTER_USER, REPLICA_USER, redisUsers } from "./redisUsers.ts";
import { REDIS_PORT } from "./services.ts";

/** Key of the user that counters are, which they read with the password. */
export const USERNAME_KEY = "username";
/** Key of the piece of redis.conf that has the users, with hashes of their passwords. */
export const AUTH_CONF_KEY = "auth.conf";
/** Key of the same for one of three copies, by its number. */
export const copyConfKey = (number: number | string) => `auth-${number}.conf`;
/** Key of the exporter's password, as it takes it: by the address of Redis. */
export const EXPORTER_PASSWORD_KEY = "exporter.json";
/** Key of the password of who copies the data out. */
export const BACKUP_PASSWORD_KEY = "backup-password";
/** Key of the count that a Redis without data begins at. */
export const INITIAL_HITS_KEY = "initial-hits";
/** Key of the count that is believed. It is not written with the others, but whenever that is another one. */
export const BELIEVED_COUNT_KEY = "believed-count";

const base64 = (text: string) => Buffer.from(text, "utf8").toString("base64");

/**
 * The passwords of Redis, a key for each who reads one: a pod sees its own alone. Redis takes the users from here when it
 * starts, and from the operator from then on. The count that it begins at is here, beside the one that is believed, as
 * another one in a pod template would restart it.
 */
export function redisSecret({ hitCounter, passwords, replication }: Inputs): V1Secret {
  const { user, password } = passwords.current;
  const { initialHits } = hitCounter.spec;
  // A copy whose volume is lost must not begin anew by itself.
  const begins = initialHits > 0 && !(hasCopies(hitCounter) && replication.isComplete);
  const address = `redis://${EXPORTER_USER}@${childName(hitCounter, "redis")}:${REDIS_PORT}`;
  return {
    ...child("v1", "Secret", hitCounter, "redis"),
    type: "Opaque",
    data: {
      [USERNAME_KEY]: base64(user),
      [PASSWORD_KEY]: base64(password),
      // Also where there are three copies: the pod of before may start again.
      [AUTH_CONF_KEY]: base64(usersConf(passwords)),
      ...(hasCopies(hitCounter) && confsOfCopies(redisPodNames(hitCounter), passwords)),
      [EXPORTER_PASSWORD_KEY]: base64(
        JSON.stringify({ [address]: derivedPassword(passwords.current, EXPORTER_USER) }),
      ),
      [BACKUP_PASSWORD_KEY]: base64(derivedPassword(passwords.current, BACKUP_USER)),
      [PASSWORDS_KEY]: base64(JSON.stringify(passwords)),
      ...(begins && { [INITIAL_HITS_KEY]: base64(`${initialHits}\n`) }),
    },
  };
}

const usersConf = (passwords: Passwords, copy?: string) =>
  redisUsers(passwords, copy)
    .map(({ name, rules }) => `user ${name} ${rules.join(" ")}\n`)
    .join("");

/** What one copy needs of another's password Redis takes in no other way than as it is. */
function confsOfCopies(pods: readonly string[], passwords: Passwords): Record<string, string> {
  const replica = `masteruser ${REPLICA_USER}\nmasterauth ${derivedPassword(passwords.current, REPLICA_USER)}\n`;
  return Object.fromEntries(
    pods.map((pod, number) => [copyConfKey(number), base64(`${usersConf(passwords, pod)}${replica}`)]),
  );
}
