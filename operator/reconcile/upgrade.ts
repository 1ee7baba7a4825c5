import type { HitCounter } from "../api/hitCounter.ts";
import type { Observed } from "./observe.ts";
import type { StartFailure } from "./startFailure.ts";

/** Which version the counters should run, and why that is not the wanted one. */
export interface Plan {
  readonly version: string;
  /** Why the wanted version was taken back: a word, and a sentence. */
  readonly rolledBack?: Pick<StartFailure, "reason" | "message">;
  /** It is taken back just now: to be remembered before it is done. */
  readonly isNew?: boolean;
}

/**
 * Decides between the wanted version and the last healthy one. A version that was taken back is not tried again until
 * spec changes: the condition RolledBack remembers for which generation of it that was.
 */
export function planUpgrade({ spec, status, metadata }: HitCounter, observed: Observed): Plan {
  const wanted = spec.version;
  const healthy = status?.lastHealthyVersion;
  const remembered = status?.conditions?.find(({ type }) => type === "RolledBack");
  if (
    healthy !== undefined &&
    remembered?.status === "True" &&
    remembered.observedGeneration === metadata.generation
  ) {
    return { version: healthy, rolledBack: remembered };
  }
  const failure = observed.counterVersion === wanted ? upgradeFailure(spec, observed) : undefined;
  const mayGoBack = spec.upgrade.rollback && !spec.paused && healthy !== undefined && healthy !== wanted;
  if (failure === undefined || !mayGoBack) return { version: wanted };
  const message = `Went back from ${wanted} to ${healthy}: ${failure.message}.`;
  return { version: healthy, rolledBack: { reason: failure.reason, message }, isNew: true };
}

/** Why the counter pods of the version that is rolling out will not become ready; undefined while they still may. */
export function upgradeFailure(
  { upgrade }: HitCounter["spec"],
  { counter }: Observed,
): Pick<StartFailure, "reason" | "message"> | undefined {
  if (counter.trouble && (counter.trouble.hopeless || counter.stuck)) return counter.trouble;
  if (!counter.stuck) return undefined;
  const message = `new counter pods did not become ready within ${upgrade.deadlineSeconds} s`;
  return { reason: "DeadlineExceeded", message };
}
