import type { HitCounterSpec, HitCounterStatus } from "../../api/hitCounter.ts";
import type { SeenBackup } from "../look/backup.ts";
import { nextRun } from "./cron.ts";

/** What is told of backups; undefined where there are none. */
export function backupStatus(
  { backup }: HitCounterSpec,
  seen: SeenBackup | undefined,
): HitCounterStatus["backup"] {
  if (!backup || !seen) return undefined;
  const { succeededAt, since } = seen;
  const from = succeededAt ?? since;
  const due = from === undefined ? undefined : nextRun(backup.schedule, from);
  const overdue = due === undefined ? undefined : nextRun(backup.schedule, due);
  return { lastSuccessfulTime: textOf(succeededAt), overdueTime: textOf(overdue) };
}

/** A time as Kubernetes writes it. */
const textOf = (time: number | undefined) =>
  time === undefined ? undefined : new Date(time).toISOString().replace(".000Z", "Z");
