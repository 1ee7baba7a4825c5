import { describe, expect, it } from "@jest/globals";
import { conditionOf, isTrue, withTransitionTimes } from "./conditions.ts";

const before = {
  conditions: [
    { type: "Ready", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z" },
    { type: "Degraded", status: "Unknown", lastTransitionTime: "2026-01-02T00:00:00Z" },
  ],
};
const at = { observedGeneration: 3, now: new Date("2026-02-03T04:05:06.789Z") };

describe("a condition", () => {
  it("is found by its type, if it is there", () => {
    expect(conditionOf(before, "Degraded")).toBe(before.conditions[1]);
    expect(conditionOf(before, "Stalled")).toBeUndefined();
    expect(conditionOf(undefined, "Ready")).toBeUndefined();
  });

  it.each([
    ["Ready", true],
    ["Degraded", false],
    ["Stalled", false],
  ])("holds only when its status is True: %s", (type, holds) => {
    expect(isTrue(before, type)).toBe(holds);
    expect(isTrue({}, type)).toBe(false);
  });

  it("keeps the time of its last transition while its status is unchanged, whatever else is told", () => {
    const verdict = { type: "Ready", status: "True", reason: "Serving", message: "It serves." };
    expect(withTransitionTimes([verdict], before.conditions, at)).toEqual([
      { ...verdict, observedGeneration: 3, lastTransitionTime: "2026-01-01T00:00:00Z" },
    ]);
  });

  it.each([
    ["has another status", "Ready", before.conditions],
    ["is new", "Stalled", before.conditions],
    ["is the first", "Ready", undefined],
  ])("has the time of now, in whole seconds, when it %s", (_how, type, known) => {
    expect(withTransitionTimes([{ type, status: "False" }], known, at)).toEqual([
      { type, status: "False", observedGeneration: 3, lastTransitionTime: "2026-02-03T04:05:06Z" },
    ]);
  });

  it("that is no longer told is left out", () => {
    expect(withTransitionTimes([], before.conditions, at)).toEqual([]);
  });
});
