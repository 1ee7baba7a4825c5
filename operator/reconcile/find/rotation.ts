import type { HitCounter } from "../../api/hitCounter.ts";
import { durationMs } from "../../api/schema.ts";
import { rotationAskedFor } from "../../desired/names.ts";
import { COUNTER_USERS, type Generation, type Passwords } from "../../desired/passwords.ts";
import { digestOf, redisUsers } from "../../desired/redisUsers.ts";
import type { RedisAnswer } from "../look/askRedis.ts";

/**
 * How long counters may take to take up another password, in milliseconds. The kubelet shows them the new one within about
 * a minute; one of an image that takes it up only at its next connect is made to connect anew after this.
 */
export const FORMER_MS = 600_000;

/** What decides how a rotation goes on. */
export interface RotationEvidence {
  readonly hitCounter: HitCounter;
  /** The password in the Secret that the user names, once it could be read and is fit to be one. */
  readonly namedPassword: string | undefined;
  /** What Redis last said. */
  readonly answer: RedisAnswer | undefined;
  /** Where the counters are that are ready. */
  readonly counterAddresses: readonly string[];
  readonly now: Date;
}

/** Whether Redis has the users that these passwords are for, and no others. */
export const isIn = (answer: RedisAnswer | undefined, passwords: Passwords) =>
  answer?.has === digestOf(redisUsers(passwords));

/**
 * The one next step of a rotation, or the passwords as they are. Each waits until Redis has what the last one was about, so
 * that it can be cut short anywhere: first Redis learns of new ones, then counters are to use them, and when no counter
 * uses the former any more, or after ten minutes, Redis forgets those.
 */
export function rotated(
  passwords: Passwords,
  evidence: RotationEvidence,
  newPassword: () => string,
): Passwords {
  const { current, next, former, ...rest } = passwords;
  if (!isIn(evidence.answer, passwords)) return passwords;
  if (next) return { ...rest, current: next, former: { ...current, replacedAt: evidence.now.toISOString() } };
  if (former)
    return isUnused(passwords, evidence) ? { ...rest, current, formerOperator: former.operator } : passwords;
  const due = dueRotation(passwords, evidence);
  if (!due) return passwords;
  const { namedPassword, now, hitCounter } = evidence;
  const made: Generation = {
    user: COUNTER_USERS.find((user) => user !== current.user) ?? current.user,
    password: namedPassword ?? newPassword(),
    operator: newPassword(),
    madeAt: now.toISOString(),
    ...(namedPassword !== undefined && { secretName: hitCounter.spec.redis.auth?.secretName }),
  };
  const answered = rotationAskedFor(hitCounter);
  return { ...passwords, ...(answered !== undefined && { answered }), next: made };
}

/** Why other passwords should take the place of those in use; undefined where none should. */
export function dueRotation(
  { current, answered }: Passwords,
  { hitCounter, namedPassword, now }: Pick<RotationEvidence, "hitCounter" | "namedPassword" | "now">,
): string | undefined {
  const { secretName } = hitCounter.spec.redis.auth ?? {};
  if (secretName !== undefined) {
    const isOther = namedPassword !== undefined && namedPassword !== current.password;
    return isOther ? `the Secret ${secretName} has another` : undefined;
  }
  if (current.secretName !== undefined) return `the Secret ${current.secretName} is no longer named`;
  const asked = rotationAskedFor(hitCounter);
  if (asked !== undefined && asked !== answered) return "it was asked for";
  const dueMs = dueInMs(current, hitCounter, now);
  return dueMs !== undefined && dueMs <= 0 ? "it is due" : undefined;
}

/** In how many milliseconds passwords are as old as they may become; undefined where they may become any age. */
export function dueInMs(
  { madeAt }: Pick<Generation, "madeAt">,
  { spec }: HitCounter,
  now: Date,
): number | undefined {
  const { rotateAfter } = spec.redis.auth ?? {};
  return rotateAfter === undefined ? undefined : Date.parse(madeAt) + durationMs(rotateAfter) - now.getTime();
}

/** In how many milliseconds passwords that were replaced then are refused, whoever uses them; undefined where none were. */
export const boundInMs = (replacedAt: string | undefined, now: Date): number | undefined =>
  replacedAt === undefined ? undefined : Date.parse(replacedAt) + FORMER_MS - now.getTime();

/**
 * Whether no counter needs the former password: each that is ready is connected by the new one, as it could not be without
 * having been shown it. That none is connected by the old one alone may only mean that Redis has just started.
 */
function isUnused(passwords: Passwords, { answer, counterAddresses, now }: RotationEvidence): boolean {
  const { current, former } = passwords;
  if ((boundInMs(former?.replacedAt, now) ?? 0) <= 0) return true;
  const { connected = {} } = answer?.has === undefined ? {} : answer;
  const those = (user = "") => connected[user] ?? [];
  return (
    those(former?.user).length === 0 && counterAddresses.every((each) => those(current.user).includes(each))
  );
}
