import { dayMs } from "../../../counter/contract.ts";
import { ROTATE_PASSWORD, rotationAskedFor } from "../../desired/names.ts";
import { conditionOf } from "../../runtime/index.ts";
import { boundInMs, dueInMs } from "../find/rotation.ts";
import type { Evidence } from "./situation.ts";
import { no, sentence, type Verdict, yes } from "./verdict.ts";

type Judged = Pick<Evidence, "hitCounter" | "seen" | "now">;

/** The reason while a rotation is under way. */
export const ROTATING = "Rotating";

const STEPS = {
  none: "Redis is told to refuse the former.",
  telling: "Redis is told of new ones, which nobody uses yet.",
  using: "Counters take up new ones; Redis refuses the former once each counter has, or after 10 minutes.",
};

/**
 * PasswordRotated: whether the passwords of Redis are those that are wanted, and no others are taken. Undefined where nobody
 * ever asked for that, in which case they are as they were made.
 */
export function judgePassword({ hitCounter, seen: { auth } }: Judged): Verdict | undefined {
  const { spec, status } = hitCounter;
  const wasRotating = conditionOf(status, "PasswordRotated")?.reason === ROTATING;
  const waits = spec.paused
    ? " It waits: spec.paused is true."
    : auth.failure
      ? ` It waits. ${sentence(auth.failure)}`
      : "";
  if (auth.step !== "none" || (wasRotating && !auth.isIn)) return no(ROTATING, `${STEPS[auth.step]}${waits}`);
  if (auth.problem)
    return no(auth.problem.reason, `${sentence(auth.problem.message)} Until then the password stays.`);
  if (auth.due !== undefined) return no("Waiting", `A rotation begins, as ${auth.due}.${waits}`);
  if (spec.redis.auth === undefined && rotationAskedFor(hitCounter) === undefined) return undefined;
  return auth.madeAt === undefined ? undefined : yes("Rotated", whatIsInUse(hitCounter, auth.madeAt));
}

function whatIsInUse(hitCounter: Evidence["hitCounter"], madeAt: string): string {
  const { secretName, rotateAfter } = hitCounter.spec.redis.auth ?? {};
  const inUse = `The passwords in use are of ${madeAt}.`;
  if (rotateAfter !== undefined) {
    const due = new Date(Date.parse(madeAt) + (dueInMs({ madeAt }, hitCounter, new Date(madeAt)) ?? 0));
    return `${inUse} Others take their place on ${due.toISOString()}.`;
  }
  if (secretName === undefined) return inUse;
  const inVain = `The annotation ${ROTATE_PASSWORD} does nothing: change the Secret ${secretName} instead.`;
  return rotationAskedFor(hitCounter) === undefined ? inUse : `${inUse} ${inVain}`;
}

/** In how many milliseconds a rotation begins or goes on by itself; undefined where it does not. A timer takes a day at most. */
export function nextRotationMs({ hitCounter, seen: { auth }, now }: Judged): number | undefined {
  const due = auth.madeAt === undefined ? undefined : dueInMs({ madeAt: auth.madeAt }, hitCounter, now);
  const times = [due, boundInMs(auth.replacedAt, now)].filter((time) => time !== undefined && time > 0);
  return times.length === 0 ? undefined : Math.min(dayMs, ...(times as number[]));
}

/** Whether a condition says that a rotation is under way. */
export const isRotating = (auth: Pick<Verdict, "reason"> | undefined) => auth?.reason === ROTATING;
