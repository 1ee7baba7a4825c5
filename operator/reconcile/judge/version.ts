import type { HitCounter } from "../../api/hitCounter.ts";
import { type CounterSettings, counterSettingsOf, revisionOf } from "../../desired/counterSettings.ts";
import { conditionOf } from "../../runtime/index.ts";
import type { Choice } from "../find/settings.ts";
import type { Seen } from "../look/look.ts";
import type { Verdict } from "./verdict.ts";

/** A word, and a sentence without its full stop. */
export type Failure = Pick<Verdict, "reason" | "message">;

/**
 * What is wrong with the version that rolls out, by its own doing, or in how many milliseconds something may be without
 * anything else having happened. It is blamed only for what it does itself: an image that can't be had, crashes, or pods
 * that are not ready for as long as they may take although they have a node, and Redis was ready all the while. Of what
 * else keeps pods away it is innocent.
 */
export function judgeVersion(
  { spec }: HitCounter,
  { counter, redisReadySince }: Pick<Seen, "counter" | "redisReadySince">,
  now: Date,
): { failure?: Failure; lookAgainMs?: number } {
  const { trouble, stuck, notMade, unreadySince } = counter;
  if (trouble) {
    const { own, hopeless, reason, crashBeganAt = now.getTime() } = trouble;
    const excused =
      reason === "CrashLoopBackOff" && (redisReadySince === undefined || crashBeganAt < redisReadySince);
    return own && !excused && (hopeless || stuck) ? { failure: trouble } : {};
  }
  if (!stuck || notMade !== undefined || unreadySince === undefined || redisReadySince === undefined)
    return {};
  const { deadlineSeconds } = spec.upgrade;
  const remainingMs = Math.max(unreadySince, redisReadySince) + deadlineSeconds * 1_000 - now.getTime();
  if (remainingMs > 0) return { lookAgainMs: remainingMs };
  const message = `new counter pods did not become ready within ${deadlineSeconds} s`;
  return { failure: { reason: "DeadlineExceeded", message } };
}

/** Why something was taken back where the status does not tell any more. */
const FORGOTTEN: Failure = { reason: "Failed", message: "What spec wants has failed." };

/**
 * Takes back what is wanted where it fails and something else was healthy; what was taken back stays so. Returns why, in a
 * whole sentence.
 */
export function judgeRollback(
  { spec, status }: HitCounter,
  { healthy, takenBack }: Choice,
  { counterRevision }: Pick<Seen, "counterRevision">,
  failure: Failure | undefined,
): Failure | undefined {
  if (takenBack) return conditionOf(status, "RolledBack") ?? FORGOTTEN;
  const wanted = counterSettingsOf(spec);
  const revision = revisionOf(wanted);
  const mayGoBack = spec.upgrade.rollback && !spec.paused && healthy && revisionOf(healthy) !== revision;
  if (!failure || !mayGoBack || counterRevision !== revision) return undefined;
  return { reason: failure.reason, message: `${wentBack(wanted, healthy)}: ${failure.message}.` };
}

const wentBack = (wanted: CounterSettings, healthy: CounterSettings) =>
  wanted.version === healthy.version
    ? `Took back new settings of the counters, which run version ${healthy.version} as before`
    : `Went back from ${wanted.version} to ${healthy.version}`;
