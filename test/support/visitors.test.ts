import { describe, expect, it } from "@jest/globals";
import { judge } from "./visitors.ts";

const visits = (acknowledged: number[], failed = 0, ofPages: Record<string, number[]> = {}) => ({
  acknowledged,
  ofPages: new Map(Object.entries(ofPages)),
  failures: new Map(failed > 0 ? [["503", failed]] : []),
  slowestMs: 0,
  soonestFailureMs: 0,
});

describe("the verdict on a count", () => {
  it.each([
    ["agrees", visits([2, 1, 3]), 3, { lost: 0, twice: 0, failed: 0, unacknowledged: 0 }],
    ["lost a hit", visits([1, 2, 3]), 2, { lost: 1, twice: 0, failed: 0, unacknowledged: -1 }],
    ["went back behind a number given", visits([5]), 3, { lost: 2, twice: 0, failed: 0, unacknowledged: 2 }],
    ["gave a number twice", visits([1, 2, 2]), 3, { lost: 0, twice: 1, failed: 0, unacknowledged: 0 }],
    ["counted what failed", visits([1], 2), 3, { lost: 0, twice: 0, failed: 2, unacknowledged: 2 }],
  ])("that %s", (_what, told, count, verdict) => {
    expect(judge(told, count)).toEqual(verdict);
  });

  it.each([
    ["agrees", [1, 2], { lost: 0, twice: 0, failed: 0, unacknowledged: 0 }],
    ["gave a number of it twice", [1, 1], { lost: 0, twice: 1, failed: 0, unacknowledged: 0 }],
    ["went back behind a number of it", [1, 5], { lost: 3, twice: 0, failed: 0, unacknowledged: 0 }],
  ])("of a page that %s", (_what, numbers, verdict) => {
    expect(judge(visits([1, 4], 0, { news: numbers }), 4, { news: 2 })).toEqual(verdict);
  });
});
