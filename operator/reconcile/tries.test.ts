import { describe, expect, it } from "@jest/globals";
import { manualClock } from "../runtime/testing/manualClock.ts";
import { Tries } from "./tries.ts";

const backoff = { baseMs: 10_000, capMs: 600_000 };
const denied = { kind: "refused", reason: "Refused", message: "denied" } as const;

function tries() {
  const clock = manualClock();
  return { clock, tries: new Tries(clock, () => 0.999_999) };
}

describe("what was tried in vain", () => {
  it("is tried again after a wait that doubles up to its cap", () => {
    const { clock, tries: all } = tries();
    const waits = Array.from({ length: 8 }, () => {
      const { lookAgainMs } = all.note("a", "same", denied, backoff);
      clock.advance(lookAgainMs);
      return Math.round(lookAgainMs / 1_000);
    });
    expect(waits).toEqual([10, 20, 40, 80, 160, 320, 600, 600]);
  });

  it("is pending until then, with the same problem, and no longer", () => {
    const { clock, tries: all } = tries();
    all.note("a", "same", denied, { baseMs: 10_000, capMs: 10_000 });
    clock.advance(4_000);
    expect(all.pending("a", "same")).toMatchObject(denied);
    expect(Math.round((all.pending("a", "same")?.lookAgainMs ?? 0) / 1_000)).toBe(6);
    clock.advance(6_000);
    expect(all.pending("a", "same")).toBeUndefined();
  });

  it("is due at once where anything that decides it has changed, and then counts from the beginning", () => {
    const { tries: all } = tries();
    all.note("a", "same", denied, backoff);
    all.note("a", "same", denied, backoff);
    expect(all.times("a")).toBe(2);
    expect(all.pending("a", "another")).toBeUndefined();
    all.note("a", "another", denied, backoff);
    expect(all.times("a")).toBe(1);
  });

  it("is recent until what comes back at once would have come back", () => {
    const { clock, tries: all } = tries();
    all.note("a", "same", denied, { baseMs: 1_000, capMs: 1_000 });
    clock.advance(10_000);
    expect(all.recent("a")).toMatchObject(denied);
    clock.advance(10_000);
    expect(all.recent("a")).toBeUndefined();
    expect(all.times("a")).toBe(1);
  });

  it("is forgotten when it has worked", () => {
    const { tries: all } = tries();
    all.note("a", "same", denied, backoff);
    all.forget("a");
    expect(all.pending("a", "same")).toBeUndefined();
  });
});
