import { createHash, createHmac } from "node:crypto";
import type { V1Secret } from "@kubernetes/client-node";
import type { Inputs } from "./inputs.ts";
import { child } from "./names.ts";

/** Key of the password itself, which the counters read. */
export const PASSWORD_KEY = "password";
/** Key of the piece of redis.conf that sets the passwords, so that they are in no argument list. */
export const AUTH_CONF_KEY = "auth.conf";
/** Key of the exporter's password. */
export const EXPORTER_PASSWORD_KEY = "exporter-password";
/** Key of the password of whoever makes backups. */
export const BACKUP_PASSWORD_KEY = "backup-password";
/** Key of the count that a Redis without data begins at. */
export const INITIAL_HITS_KEY = "initial-hits";
/** Key of the count that is believed. It is not written with the others, but whenever that is another one. */
export const BELIEVED_COUNT_KEY = "believed-count";

const base64 = (text: string) => Buffer.from(text, "utf8").toString("base64");

/** The user of Redis that the exporter is. It may ask for INFO, and nothing else. */
export const EXPORTER_USER = "exporter";

/** The user of Redis that makes backups. It may ask for all the data, as a replica does, and nothing else. */
export const BACKUP_USER = "backup";

/** The password of one of these users follows from that of Redis, and tells nothing of it. */
const passwordOf = (user: string) => (redisPassword: string) =>
  createHmac("sha256", redisPassword).update(user).digest("base64url");
export const exporterPassword = passwordOf(EXPORTER_USER);
export const backupPassword = passwordOf(BACKUP_USER);

/** A password as Redis takes it in place of the password itself. */
export const hashInRedis = (password: string) => createHash("sha256").update(password).digest("hex");

/**
 * The passwords of Redis. It has the users of the exporter and of backups from its start, wanted or not, as it reads this
 * only then: so that nothing restarts when they are wanted. The count that it begins at is here, beside the one that is
 * believed, as another one in a pod template would restart it.
 */
export function redisSecret({ hitCounter, redisPassword }: Inputs): V1Secret {
  const exporters = exporterPassword(redisPassword);
  const backups = backupPassword(redisPassword);
  const { initialHits } = hitCounter.spec;
  const authConf = [
    `requirepass ${redisPassword}`,
    `user ${EXPORTER_USER} on #${hashInRedis(exporters)} -@all +info`,
    `user ${BACKUP_USER} on #${hashInRedis(backups)} -@all +sync +replconf`,
    "",
  ].join("\n");
  return {
    ...child("v1", "Secret", hitCounter, "redis"),
    type: "Opaque",
    data: {
      [PASSWORD_KEY]: base64(redisPassword),
      [AUTH_CONF_KEY]: base64(authConf),
      [EXPORTER_PASSWORD_KEY]: base64(exporters),
      [BACKUP_PASSWORD_KEY]: base64(backups),
      ...(initialHits > 0 && { [INITIAL_HITS_KEY]: base64(`${initialHits}\n`) }),
    },
  };
}

/** The password in a Secret; undefined when there is no Secret, or none that Redis could take in its configuration. */
export function passwordIn(secret: V1Secret | undefined): string | undefined {
  const encoded = secret?.data?.[PASSWORD_KEY];
  if (encoded === undefined) return undefined;
  const password = Buffer.from(encoded, "base64").toString("utf8");
  return /^[A-Za-z0-9_-]{16,512}$/.test(password) ? password : undefined;
}
