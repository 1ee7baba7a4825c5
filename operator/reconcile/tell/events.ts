import type { HitCounter, HitCounterStatus } from "../../api/hitCounter.ts";
import { conditionOf, type EventNote, isTrue } from "../../runtime/index.ts";
import { isRotating } from "../judge/password.ts";
import type { Change } from "../problem.ts";

// What a person would want to know of one turn.

/** An event, and whether there is something to tell. */
type Rule = readonly [when: unknown, reason: string, action: string, note: string, type?: EventNote["type"]];

const eventsBy = (rules: readonly Rule[]): EventNote[] =>
  rules
    .filter(([when]) => when)
    .map(([, reason, action, note, type = "Normal"]) => ({ type, reason, action, note }));

/** What was done to the children. */
export function eventsOfChanges({ metadata, status }: HitCounter, changes: readonly Change[]): EventNote[] {
  const by = Object.groupBy(changes, ({ result }) => result);
  const list = (all: readonly Change[] = []) => all.map(({ child }) => child).join(", ");
  const [created, repaired, updated] = [list(by.created), list(by.repaired), list(by.updated)];
  const [secret, deleted] = [list(by.passwordTaken), list(by.deleted)];
  const interrupted = conditionOf(status, "Progressing")?.reason === "Waiting" || isTrue(status, "Degraded");
  // What is missing then although nothing else is wanted since, someone has deleted.
  const wasComplete = status?.observedGeneration === metadata.generation && !interrupted;
  const passwordNote = `${secret} has other passwords than Redis, as it was lost while no operator ran: Redis and the counters restart with them`;
  return eventsBy([
    [created && wasComplete, "DriftRepaired", "Create", `Made anew what had been deleted: ${created}`],
    [created && !wasComplete, "Created", "Create", `Created ${created}`],
    [repaired, "DriftRepaired", "Apply", `Undid changes made to ${repaired}`],
    [updated, "Updated", "Apply", `Updated ${updated}`],
    [secret, "PasswordChanged", "Apply", passwordNote, "Warning"],
    [deleted, "Deleted", "Delete", `Deleted ${deleted}: no longer wanted`],
  ]);
}

/** What is new between the status that was told before and the status now. */
export function eventsOfStatus(
  { metadata, spec }: HitCounter,
  before: HitCounterStatus | undefined,
  changes: readonly Change[],
  now: HitCounterStatus,
): EventNote[] {
  const begins = (type: string) => isTrue(now, type) && !isTrue(before, type);
  const message = (type: string) => conditionOf(now, type)?.message ?? "";
  const [from, to] = [before?.version, now.version];
  const counter = `Deployment ${metadata.name}-counter`;
  const rolls = changes.some(({ child, result }) => child === counter && result === "updated");
  const starts = rolls && spec.version !== from && !isTrue(now, "RolledBack");
  const upgraded = `Upgraded from ${from} to ${to}: every counter pod runs it`;
  const isPaused = conditionOf(now, "Progressing")?.reason === "Paused";
  const wasPaused = conditionOf(before, "Progressing")?.reason === "Paused";
  const { reason = "" } = conditionOf(now, "Degraded") ?? {};
  const isAnother = conditionOf(before, "Degraded")?.message !== message("Degraded");
  const [auth, authBefore] = [now, before].map((status) => conditionOf(status, "PasswordRotated"));
  const isStuck = auth?.status === "False" && !["Rotating", "Waiting"].includes(auth.reason);
  const rotated = "Counters use other passwords of Redis, which refuses the former";
  const failedOver = changeOfPrimary(before, now);
  const isWorse = begins("Degraded") || (isTrue(now, "Degraded") && isAnother);
  return eventsBy([
    [from && to !== from, "UpgradeFinished", "Upgrade", upgraded],
    [from && to === from && starts, "UpgradeStarted", "Upgrade", `Upgrading from ${from} to ${spec.version}`],
    [begins("Ready"), "Ready", "Observe", message("Ready")],
    [isTrue(before, "Ready") && !isTrue(now, "Ready"), "NotReady", "Observe", message("Ready"), "Warning"],
    [begins("RolledBack"), "RolledBack", "Rollback", message("RolledBack"), "Warning"],
    [isRotating(auth) && !isRotating(authBefore), "PasswordRotation", "Rotate", message("PasswordRotated")],
    [isRotating(authBefore) && !isRotating(auth), "PasswordRotated", "Rotate", rotated],
    [
      isStuck && auth.message !== authBefore?.message,
      auth?.reason ?? "",
      "Rotate",
      message("PasswordRotated"),
      "Warning",
    ],
    [failedOver !== undefined, "RedisFailedOver", "Observe", failedOver ?? ""],
    [isPaused && !wasPaused, "Paused", "Reconcile", "Nothing is changed while spec.paused is true"],
    [wasPaused && !isPaused, "Resumed", "Reconcile", "Changes are made again"],
    [isWorse && reason !== "RolledBack", reason, "Reconcile", message("Degraded"), "Warning"],
  ]);
}

/** That another copy of Redis is primary, where that is news. The first primary of all is none in place of another. */
function changeOfPrimary(before: HitCounterStatus | undefined, now: HitCounterStatus): string | undefined {
  const change = now.redis?.lastChange;
  if (!change || change.from === undefined || change.from === change.to) return undefined;
  if (before?.redis?.lastChange?.time === change.time) return undefined;
  const { from, to, reason, seconds } = change;
  return `${to} is primary in place of ${from} (${reason}), within ${seconds} s`;
}
