import type { V1CronJob, V1Pod } from "@kubernetes/client-node";
import { type PodTrouble, podTrouble, timeOf } from "./podTrouble.ts";
import { sinceWhen } from "./rollout.ts";

/** How backups go. Times are in milliseconds since 1970. */
export interface SeenBackup {
  /** When the last one succeeded; undefined while none has. */
  readonly succeededAt: number | undefined;
  /** Since when there are any. */
  readonly since: number | undefined;
  /** Why the last one failed, or does not begin; undefined once another has succeeded. */
  readonly trouble: PodTrouble | undefined;
}

/** How backups go, by their CronJob and its pods; undefined where there is none. */
export function backupOf(cronJob: V1CronJob | undefined, pods: readonly V1Pod[]): SeenBackup | undefined {
  if (!cronJob) return undefined;
  const succeededAt = timeOf(cronJob.status?.lastSuccessfulTime);
  const newestFirst = pods
    .map((pod) => ({ pod, at: endedAt(pod) ?? Number.POSITIVE_INFINITY }))
    .filter(({ at }) => at > (succeededAt ?? 0))
    .sort((one, other) => (one.at < other.at ? 1 : -1));
  return {
    succeededAt,
    since: timeOf(cronJob.metadata?.creationTimestamp),
    trouble: podTrouble(
      newestFirst.map(({ pod }) => pod),
      "backup",
    ),
  };
}

/** When a pod ended; undefined while it has not. */
function endedAt(pod: V1Pod): number | undefined {
  const ends = (pod.status?.containerStatuses ?? []).map(({ state }) =>
    timeOf(state?.terminated?.finishedAt),
  );
  const last = ends.find((end) => end !== undefined);
  // One that was thrown out before its container was made tells only when it was placed.
  return last ?? (pod.status?.phase === "Failed" ? (sinceWhen(pod, "PodScheduled") ?? 0) : undefined);
}
