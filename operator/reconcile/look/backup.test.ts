import { describe, expect, it } from "@jest/globals";
import type { V1CronJob, V1Pod } from "@kubernetes/client-node";
import { backupOf } from "./backup.ts";

const cronJob = (lastSuccessfulTime?: string) =>
  ({
    metadata: { creationTimestamp: "2026-01-01T00:00:00Z" },
    status: { ...(lastSuccessfulTime && { lastSuccessfulTime }) },
  }) as unknown as V1CronJob;
const ended = (name: string, finishedAt: string, exitCode: number, message = "") =>
  ({
    metadata: { name },
    status: {
      phase: exitCode === 0 ? "Succeeded" : "Failed",
      containerStatuses: [
        {
          name: "backup",
          ready: false,
          restartCount: 0,
          state: { terminated: { exitCode, finishedAt, message } },
        },
      ],
    },
  }) as unknown as V1Pod;

const first = ended("first", "2026-01-02T00:00:10Z", 1, "the disk is full\nThe backup failed: no space");
const second = ended("second", "2026-01-02T00:00:40Z", 1, "The backup failed: it is damaged");

describe("what is seen of backups", () => {
  it("is nothing where there are none", () => {
    expect(backupOf(undefined, [first])).toBeUndefined();
  });

  it("is when the last one succeeded, and since when there are any", () => {
    expect(backupOf(cronJob("2026-01-02T00:00:30Z"), [])).toEqual({
      succeededAt: Date.parse("2026-01-02T00:00:30Z"),
      since: Date.parse("2026-01-01T00:00:00Z"),
      trouble: undefined,
    });
    expect(backupOf(cronJob(), [])?.succeededAt).toBeUndefined();
  });

  it("is why the newest failed, by its last words", () => {
    const seen = backupOf(cronJob(), [first, second]);
    expect(seen?.trouble?.message).toBe("pod second: Error (The backup failed: it is damaged)");
  });

  it("is no failure of before a success, nor a pod that succeeded", () => {
    const succeeded = ended("third", "2026-01-02T00:00:50Z", 0);
    expect(backupOf(cronJob("2026-01-02T00:00:50Z"), [first, second, succeeded])?.trouble).toBeUndefined();
    expect(backupOf(cronJob("2026-01-02T00:00:20Z"), [first, second])?.trouble?.message).toContain("second");
  });

  it("is a pod that no node takes, and one that took too long until another succeeds", () => {
    const unplaced = {
      metadata: { name: "waits" },
      status: {
        phase: "Pending",
        conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "no node" }],
      },
    } as unknown as V1Pod;
    expect(backupOf(cronJob("2026-01-02T00:00:50Z"), [unplaced])?.trouble?.message).toContain("no node");
    const late = {
      metadata: { name: "late" },
      status: {
        phase: "Failed",
        reason: "DeadlineExceeded",
        message: "Pod was active on the node longer than the specified deadline",
        conditions: [{ type: "PodScheduled", status: "True", lastTransitionTime: "2026-01-02T00:00:00Z" }],
      },
    } as unknown as V1Pod;
    expect(backupOf(cronJob(), [late])?.trouble?.reason).toBe("DeadlineExceeded");
    expect(backupOf(cronJob("2026-01-02T01:00:00Z"), [late])?.trouble).toBeUndefined();
  });
});
