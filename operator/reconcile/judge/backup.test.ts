import { describe, expect, it } from "@jest/globals";
import { conditionOf } from "../../runtime/index.ts";
import { evidence } from "../../testing/seen.ts";
import { judge } from "./judge.ts";

const backup = { schedule: "0 3 * * *" };
const at = (time: string) => Date.parse(time);
const since = at("2026-01-01T00:00:00Z");

describe("the status of backups", () => {
  const statusOf = (succeededAt: number | undefined, spec = {}) =>
    judge(evidence({ spec, seen: { backup: { succeededAt, since, trouble: undefined } } })).status.backup;

  it("is when the last succeeded, and when the second after it is due", () => {
    expect(statusOf(at("2026-01-01T03:00:07Z"), { backup })).toEqual({
      lastSuccessfulTime: "2026-01-01T03:00:07Z",
      overdueTime: "2026-01-03T03:00:00Z",
    });
  });

  it("counts from when backups were asked for, while none has succeeded", () => {
    expect(statusOf(undefined, { backup })).toEqual({ overdueTime: "2026-01-02T03:00:00Z" });
  });

  it("is nothing where none are asked for, and no time for a day that never comes", () => {
    expect(statusOf(since)).toBeUndefined();
    expect(statusOf(undefined, { backup: { schedule: "0 3 30 2 *" } })).toEqual({});
  });
});

describe("a backup that fails", () => {
  it("is told with its last words, and keeps nothing from serving", () => {
    const trouble = {
      reason: "Error",
      message: "pod web-backup-1: Error (no space)",
      hopeless: false,
      own: false,
    };
    const { status } = judge(
      evidence({ spec: { backup }, seen: { backup: { succeededAt: undefined, since, trouble } } }),
    );
    expect(conditionOf(status, "Degraded")).toMatchObject({
      status: "True",
      reason: "BackupFailing",
      message: "Backup: pod web-backup-1: Error (no space).",
    });
    expect(conditionOf(status, "Ready")?.status).toBe("True");
  });
});

describe("a count that was brought back", () => {
  it("is told to need spec.restore no more", () => {
    const { status } = judge(evidence({ spec: { restore: { claimName: "old" } } }));
    expect(conditionOf(status, "Degraded")).toMatchObject({ status: "False", reason: "RestoreDone" });
    const silent = judge(evidence({ spec: { restore: { claimName: "old" } }, seen: { count: undefined } }));
    expect(conditionOf(silent.status, "Degraded")?.reason).toBe("AsExpected");
  });
});
