import type { HitCounter, HitCounterStatus } from "../../api/hitCounter.ts";
import { conditionOf, type EventNote, isTrue } from "../../runtime/index.ts";
import type { Change } from "../problem.ts";

// What a person would want to know of one turn.

/** What is new between the status before and the status now. */
export function eventsOfStatus(
  hitCounter: HitCounter,
  changes: readonly Change[],
  now: HitCounterStatus,
): EventNote[] {
  return [...eventsOfVersion(hitCounter, changes, now), ...eventsOfConditions(hitCounter, now)];
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

/** What was done to the children. */
export function eventsOfChanges(hitCounter: HitCounter, changes: readonly Change[]): EventNote[] {
  const children = (result: Change["result"]) =>
    changes.filter((change) => change.result === result).map(({ child }) => child);
  const list = (names: string[]) => names.join(", ");
  const events: EventNote[] = [];
  const created = children("created");
  const updated = children("updated");
  const repaired = children("repaired");
  const deleted = children("deleted");
  const wasThere = wasComplete(hitCounter);
  if (created.length > 0) {
    events.push(
      wasThere
        ? normal("DriftRepaired", "Create", `Made anew what had been deleted: ${list(created)}`)
        : normal("Created", "Create", `Created ${list(created)}`),
    );
  }
  if (repaired.length > 0)
    events.push(normal("DriftRepaired", "Apply", `Undid changes made to ${list(repaired)}`));
  if (updated.length > 0) events.push(normal("Updated", "Apply", `Updated ${list(updated)}`));
  for (const secret of children("passwordTaken")) {
    events.push(
      warning(
        "PasswordChanged",
        "Apply",
        `${secret} has another password than Redis, changed while no operator ran: Redis and the counters restart with it`,
      ),
    );
  }
  if (deleted.length > 0)
    events.push(normal("Deleted", "Delete", `Deleted ${list(deleted)}: no longer wanted`));
  return events;
}

/** Whether every child was there: what is missing although nothing else is wanted since, someone has deleted. */
function wasComplete({ metadata, status }: HitCounter): boolean {
  const interrupted = conditionOf(status, "Progressing")?.reason === "Waiting" || isTrue(status, "Degraded");
  return status?.observedGeneration === metadata.generation && !interrupted;
}

function eventsOfVersion(
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

function eventsOfConditions({ status }: HitCounter, now: HitCounterStatus): EventNote[] {
  const events: EventNote[] = [];
  const [wasReady, ready] = [conditionOf(status, "Ready"), conditionOf(now, "Ready")];
  if (ready?.status === "True" && wasReady?.status !== "True")
    events.push(normal("Ready", "Observe", ready.message));
  if (ready?.status !== "True" && wasReady?.status === "True") {
    events.push(warning("NotReady", "Observe", ready?.message ?? "Not ready."));
  }
  const rolledBack = conditionOf(now, "RolledBack");
  if (rolledBack?.status === "True" && !isTrue(status, "RolledBack"))
    events.push(warning("RolledBack", "Rollback", rolledBack.message));
  const [wasProgressing, progressing] = [conditionOf(status, "Progressing"), conditionOf(now, "Progressing")];
  if (progressing?.reason === "Paused" && wasProgressing?.reason !== "Paused")
    events.push(normal("Paused", "Reconcile", "Nothing is changed while spec.paused is true"));
  if (wasProgressing?.reason === "Paused" && progressing?.reason !== "Paused")
    events.push(normal("Resumed", "Reconcile", "Changes are made again"));
  const [wasDegraded, degraded] = [conditionOf(status, "Degraded"), conditionOf(now, "Degraded")];
  const worse =
    degraded?.status === "True" &&
    degraded.reason !== "RolledBack" &&
    (wasDegraded?.status !== "True" || wasDegraded.message !== degraded.message);
  if (worse) events.push(warning(degraded.reason, "Reconcile", degraded.message));
  return events;
}
