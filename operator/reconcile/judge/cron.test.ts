import { describe, expect, it } from "@jest/globals";
import { exampleSpecs } from "../../api/exampleSpecs.ts";
import type { HitCounterSpecInput } from "../../api/hitCounter.ts";
import { nextRun } from "./cron.ts";

// A Thursday.
const after = "2026-11-26T16:30:00.000Z";
const next = (schedule: string, from = after) => {
  const time = nextRun(schedule, Date.parse(from));
  return time === undefined ? undefined : new Date(time).toISOString();
};

describe("the next run of a schedule", () => {
  it.each([
    ["@hourly", "2026-11-26T17:00:00.000Z"],
    ["@daily", "2026-11-27T00:00:00.000Z"],
    ["@weekly", "2026-11-29T00:00:00.000Z"],
    ["@monthly", "2026-12-01T00:00:00.000Z"],
    ["@yearly", "2027-01-01T00:00:00.000Z"],
    ["* * * * *", "2026-11-26T16:31:00.000Z"],
    ["30 16 * * *", "2026-11-27T16:30:00.000Z"],
    ["31 16 * * *", "2026-11-26T16:31:00.000Z"],
    ["*/20 * * * *", "2026-11-26T16:40:00.000Z"],
    ["45/5 * * * *", "2026-11-26T16:45:00.000Z"],
    ["10-20/5,50 * * * *", "2026-11-26T16:50:00.000Z"],
    ["0 3 * * MON-FRI", "2026-11-27T03:00:00.000Z"],
    ["0 3 * * SAT,0", "2026-11-28T03:00:00.000Z"],
    ["0 0 29 FEB *", "2028-02-29T00:00:00.000Z"],
    // Either the date or the weekday, where both are held to some.
    ["0 0 1 * FRI", "2026-11-27T00:00:00.000Z"],
    ["0 0 30 2 *", undefined],
  ])("%s after a Thursday, half past four", (schedule, time) => {
    expect(next(schedule)).toBe(time);
  });

  it("is there for every example", () => {
    for (const spec of Object.values<Partial<HitCounterSpecInput>>(exampleSpecs)) {
      if (spec.backup) expect(next(spec.backup.schedule)).toMatch(/^2026-11-27T/);
    }
  });
});
