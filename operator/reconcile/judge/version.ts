import type { HitCounter } from "../../api/hitCounter.ts";
import { type CounterSettings, counterSettingsOf, revisionOf } from "../../desired/counterSettings.ts";
import { conditionOf } from "../../runtime/index.ts";
import type { Choice } from "../find/settings.ts";
import type { Seen } from "../look/look.ts";

/** A word, and a sentence without its full stop. */
export interface Failure {
  readonly reason: string;
  readonly message: string;
}

/** What is wrong with the version that rolls out, by its own doing. */
export interface VersionJudgement {
  readonly failure: Failure | undefined;
  /** After so many milliseconds there may be a failure without anything else having happened. */
  readonly lookAgainMs?: number;
}

/**
 * Blames a version only for what it does itself: an image that can't be had, crashes, or pods that are not ready for as long
 * as they may take although they have a node, and Redis was ready all the while. Of what else keeps pods away it is innocent.
 */
export function judgeVersion(
  { spec }: HitCounter,
  { counter, redisReadySince }: Pick<Seen, "counter" | "redisReadySince">,
  now: Date,
): VersionJudgement {
  const { trouble, stuck, notMade, unreadySince } = counter;
  if (trouble) {
    const { own, hopeless, reason, crashBeganAt } = trouble;
    const excused =
      reason === "CrashLoopBackOff" &&
      (redisReadySince === undefined || (crashBeganAt ?? now.getTime()) < redisReadySince);
    return { failure: own && !excused && (hopeless || stuck) ? trouble : undefined };
  }
  if (!stuck || notMade !== undefined || unreadySince === undefined || redisReadySince === undefined) {
    return { failure: undefined };
  }
  const { deadlineSeconds } = spec.upgrade;
  const remainingMs = Math.max(unreadySince, redisReadySince) + deadlineSeconds * 1_000 - now.getTime();
  if (remainingMs > 0) return { failure: undefined, lookAgainMs: remainingMs };
  const message = `new counter pods did not become ready within ${deadlineSeconds} s`;
  return { failure: { reason: "DeadlineExceeded", message } };
}

/** That what is wanted was taken back. */
export interface Rollback extends Failure {
  /** The settings that were, by their name: they are not tried again. */
  readonly revision: string;
  /** It is just now: to be remembered before it is done, as who goes on after a crash must not try it again. */
  readonly isNew: boolean;
}

/** Takes back what is wanted where it fails and something else was healthy; what was taken back stays so. */
export function judgeRollback(
  { spec, status }: HitCounter,
  { healthy, takenBack }: Choice,
  { counterRevision }: Pick<Seen, "counterRevision">,
  failure: Failure | undefined,
): Rollback | undefined {
  const wanted = counterSettingsOf(spec);
  const revision = revisionOf(wanted);
  if (takenBack) {
    const { reason = "Failed", message = "What spec wants has failed." } =
      conditionOf(status, "RolledBack") ?? {};
    return { reason, message, revision, isNew: false };
  }
  const mayGoBack = spec.upgrade.rollback && !spec.paused && healthy && revisionOf(healthy) !== revision;
  if (!failure || !mayGoBack || counterRevision !== revision) return undefined;
  return {
    reason: failure.reason,
    message: `${wentBack(wanted, healthy)}: ${failure.message}.`,
    revision,
    isNew: true,
  };
}

const wentBack = (wanted: CounterSettings, healthy: CounterSettings) =>
  wanted.version === healthy.version
    ? `Took back new settings of the counters, which run version ${healthy.version} as before`
    : `Went back from ${wanted.version} to ${healthy.version}`;
