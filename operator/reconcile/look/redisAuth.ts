import { isDeepStrictEqual } from "node:util";
import type { V1Pod } from "@kubernetes/client-node";
import type { HitCounter } from "../../api/hitCounter.ts";
import { childName, hasCopies } from "../../desired/names.ts";
import {
  derivedPassword,
  loginsOf,
  PASSWORD_KEY,
  type Passwords,
  passwordsIn,
} from "../../desired/passwords.ts";
import { digestOf, REPLICA_USER, redisUsers } from "../../desired/redisUsers.ts";
import { REDIS_PORT } from "../../desired/services.ts";
import { controllerOf, keyOf } from "../../runtime/index.ts";
import type { Context } from "../context.ts";
import { dueRotation, isIn } from "../find/rotation.ts";
import type { RedisTarget } from "./askRedis.ts";
import { readNamed } from "./namedSecrets.ts";
import { isStaying } from "./podTrouble.ts";
import { isReady } from "./rollout.ts";

/** What is seen of Redis's passwords, none of which is in it. */
export interface SeenAuth {
  /** When those in use were made; undefined while there are none. */
  readonly madeAt: string | undefined;
  /** How far a rotation is: none is under way; Redis is told of new ones; counters take them up. */
  readonly step: "none" | "telling" | "using";
  /** Redis has the users that these are for, and no others. */
  readonly isIn: boolean;
  /** Since when counters are to use others than before. */
  readonly replacedAt: string | undefined;
  /** Why a rotation is due. */
  readonly due: string | undefined;
  /** Why Redis can't be told of its users. */
  readonly failure: string | undefined;
  /** What is wrong with the Secret that the user names. */
  readonly problem: { readonly reason: string; readonly message: string } | undefined;
}

const FIT = /^[\x21-\x7e]{16,512}$/;
const FIELD = "spec.redis.auth.secretName";

/** What a user's own password is, or why there is none; undefined where none is named, or nothing was read so far. */
export function readNamedPassword(context: Pick<Context, "namedPasswords">, hitCounter: HitCounter) {
  const { secretName: name } = hitCounter.spec.redis.auth ?? {};
  const wanted = name === undefined ? undefined : { name, field: FIELD, keys: [PASSWORD_KEY] };
  const answer = readNamed(context.namedPasswords, hitCounter, wanted);
  if (answer?.problem) return { problem: answer.problem };
  const content = answer?.content?.[PASSWORD_KEY]?.replace(/\r?\n$/, "");
  if (content === undefined || FIT.test(content)) return content === undefined ? undefined : { content };
  const message =
    `${FIELD} names the Secret ${name}, whose ${PASSWORD_KEY} can't be one: 16 to 512 printable ASCII characters are ` +
    "expected, no space among them";
  return { problem: { reason: "SecretUnfit", message } };
}

/** Whom to ask for which users. Each of three copies has one of its own name. */
function targetOf(hitCounter: HitCounter, pods: readonly V1Pod[], passwords: Passwords): RedisTarget {
  const copies = hasCopies(hitCounter);
  const [first, ...others] = pods.map(({ metadata, status }) => ({
    uid: metadata?.uid ?? "",
    host: status?.podIP ?? "",
    users: redisUsers(passwords, copies ? metadata?.name : undefined),
  }));
  const shared = { port: REDIS_PORT, logins: loginsOf(passwords) };
  const target = { uid: "", host: "", users: [], ...first, ...shared };
  if (!copies) return target;
  const masterauth = derivedPassword(passwords.current, REPLICA_USER);
  return { ...target, others, masterauth, digest: digestOf(redisUsers(passwords)) };
}

/**
 * Looks at the passwords of Redis, and has its users made as the Secret has them: what is not in it yet, no operator that
 * comes after would know. Redis is asked at once where its container is another or is
 * ready by now.
 */
export function lookAtAuth(context: Context, hitCounter: HitCounter, redisPods: readonly V1Pod[]): SeenAuth {
  const { redisUsers: asked, children, memories } = context;
  const key = keyOf(hitCounter);
  const secret = children.Secret.get({ ...key, name: childName(hitCounter, "redis") });
  const kept = controllerOf(secret)?.uid === hitCounter.metadata.uid ? passwordsIn(secret) : undefined;
  const known = memories.of(hitCounter).passwordsBy(kept);
  const passwords = isDeepStrictEqual(known, kept) ? kept : undefined;
  // Ready or not: it may be the probe's user that is to be put back.
  const pods = redisPods
    .filter((each) => isStaying(each) && each.status?.podIP)
    .slice(0, hitCounter.spec.redis.replicas);
  const [pod] = pods;
  if (pod && passwords && !hitCounter.spec.paused) {
    const restarts = (each: V1Pod) => each.status?.containerStatuses?.map(({ restartCount }) => restartCount);
    const occasion = JSON.stringify(pods.flatMap((each) => [restarts(each), isReady(each)]));
    asked.follow(key, targetOf(hitCounter, pods, passwords), occasion);
  } else if (!pod || hitCounter.spec.paused) {
    asked.forget(key);
  }
  const answer = asked.answer(key)?.value;
  const shown = known ?? kept;
  const named = readNamedPassword(context, hitCounter);
  const evidence = { hitCounter, namedPassword: named?.content, now: context.now() };
  return {
    madeAt: shown?.current.madeAt,
    step: shown?.next ? "telling" : shown?.former ? "using" : "none",
    isIn: shown !== undefined && isIn(answer, shown),
    replacedAt: shown?.former?.replacedAt,
    due: shown && dueRotation(shown, evidence),
    failure: pod ? answer?.failure : "Redis is not ready.",
    problem: named?.problem,
  };
}
