import type { HitCounter, HitCounterStatus } from "../api/hitCounter.ts";
import type { EventNote } from "../runtime/events.ts";
import { isTrue } from "../runtime/objects.ts";

/** What a reconcile did to one child. */
export interface Change {
  /** Kind and name, such as `Service proxy`. */
  child: string;
  result: "created" | "updated" | "repaired" | "deleted";
}

/** What a person would want to know of one reconcile: the news between the status before and the status now. */
export function newsOf(
  hitCounter: HitCounter,
  changes: readonly Change[],
  now: HitCounterStatus,
): EventNote[] {
  return [
    ...newsOfChanges(hitCounter, changes),
    ...newsOfVersion(hitCounter, changes, now),
    ...newsOfConditions(hitCounter, now),
  ];
}

const normal = (reason: string, action: string, note: string): EventNote => ({
  type: "Normal",
  reason,
  action,
  note,
});
const warning = (reason: string, action: string, note: string): EventNote => ({
  type: "Warning",
  reason,
  action,
  note,
});

function newsOfChanges(hitCounter: HitCounter, changes: readonly Change[]): EventNote[] {
  const children = (result: Change["result"]) =>
    changes.filter((change) => change.result === result).map(({ child }) => child);
  const list = (names: string[]) => names.join(", ");
  const news: EventNote[] = [];
  const created = children("created");
  const updated = children("updated");
  const repaired = children("repaired");
  const deleted = children("deleted");
  const wasThere = wasComplete(hitCounter);
  if (created.length > 0) {
    news.push(
      wasThere
        ? normal("DriftRepaired", "Create", `Made anew what had been deleted: ${list(created)}`)
        : normal("Created", "Create", `Created ${list(created)}`),
    );
  }
  if (repaired.length > 0)
    news.push(normal("DriftRepaired", "Apply", `Undid changes made to ${list(repaired)}`));
  if (updated.length > 0) news.push(normal("Updated", "Apply", `Updated ${list(updated)}`));
  if (deleted.length > 0)
    news.push(normal("Deleted", "Delete", `Deleted ${list(deleted)}: no longer wanted`));
  return news;
}

/** Whether every child was there: what is missing although nothing else is wanted since, someone has deleted. */
function wasComplete({ metadata, status }: HitCounter): boolean {
  const of = (type: string) => status?.conditions?.find((condition) => condition.type === type);
  const interrupted = of("Progressing")?.reason === "Waiting" || of("Degraded")?.status === "True";
  return status?.observedGeneration === metadata.generation && !interrupted;
}

function newsOfVersion(
  hitCounter: HitCounter,
  changes: readonly Change[],
  now: HitCounterStatus,
): EventNote[] {
  const before = hitCounter.status?.version;
  const wanted = hitCounter.spec.version;
  if (before === undefined) return [];
  if (now.version !== before) {
    return [
      normal(
        "UpgradeFinished",
        "Upgrade",
        `Upgraded from ${before} to ${now.version}: every counter pod runs it`,
      ),
    ];
  }
  const rolls = changes.some(
    ({ child, result }) => child === `Deployment ${hitCounter.metadata.name}-counter` && result === "updated",
  );
  return rolls && wanted !== before && !isTrue(now, "RolledBack")
    ? [normal("UpgradeStarted", "Upgrade", `Upgrading from ${before} to ${wanted}`)]
    : [];
}

function newsOfConditions({ status }: HitCounter, now: HitCounterStatus): EventNote[] {
  const of = (type: string, from: HitCounterStatus | undefined) =>
    from?.conditions?.find((condition) => condition.type === type);
  const news: EventNote[] = [];
  const [wasReady, ready] = [of("Ready", status), of("Ready", now)];
  if (ready?.status === "True" && wasReady?.status !== "True")
    news.push(normal("Ready", "Observe", ready.message));
  if (ready?.status !== "True" && wasReady?.status === "True") {
    news.push(warning("NotReady", "Observe", ready?.message ?? "Not ready."));
  }
  const rolledBack = of("RolledBack", now);
  if (rolledBack?.status === "True" && !isTrue(status, "RolledBack"))
    news.push(warning("RolledBack", "Rollback", rolledBack.message));
  const [wasProgressing, progressing] = [of("Progressing", status), of("Progressing", now)];
  if (progressing?.reason === "Paused" && wasProgressing?.reason !== "Paused")
    news.push(normal("Paused", "Reconcile", "Nothing is changed while spec.paused is true"));
  if (wasProgressing?.reason === "Paused" && progressing?.reason !== "Paused")
    news.push(normal("Resumed", "Reconcile", "Changes are made again"));
  const [wasDegraded, degraded] = [of("Degraded", status), of("Degraded", now)];
  const worse =
    degraded?.status === "True" &&
    degraded.reason !== "RolledBack" &&
    (wasDegraded?.status !== "True" || wasDegraded.message !== degraded.message);
  if (worse) news.push(warning(degraded.reason, "Reconcile", degraded.message));
  return news;
}
