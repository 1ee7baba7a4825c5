import { describe, expect, it } from "@jest/globals";
import { NoAnswer } from "./get.ts";
import { answersIn, loadReport, type Outcome, verdictOf } from "./loadReport.ts";

const error = (code: string) => Object.assign(new Error(code), { code });
const answer = (status: number, body: string) => ({ status, body, version: "1.0.0" });

describe("the verdict on a request", () => {
  it.each([
    ["a number", { answer: answer(200, "hit 7 times") }, "counted"],
    ["no number", { answer: answer(200, "hello") }, "non200"],
    ["another status", { answer: answer(502, "hit 7 times") }, "non200"],
    ["silence", { error: new NoAnswer("late") }, "timeouts"],
    ["a reset", { error: error("ECONNRESET") }, "resets"],
    ["an early end", { error: new Error("socket hang up") }, "resets"],
    ["a refusal", { error: error("ECONNREFUSED") }, "resets"],
    ["no port left on this machine", { error: error("EADDRNOTAVAIL") }, "own"],
    ["too many open files", { error: error("EMFILE") }, "own"],
  ])("for %s", (_title, outcome, verdict) => {
    expect(verdictOf(outcome)).toBe(verdict);
  });
});

it("reports how long half of the requests took at most, 99% and all", () => {
  const outcomes = Array.from({ length: 200 }, (_, index): Outcome => {
    return { at: 0, ms: index + 1, over: "kept", crossed: false, answer: answer(200, `${index}`) };
  });
  expect(loadReport(outcomes.toReversed(), 3)).toMatchObject({
    ...{ requests: 200, medianMs: 100, p99Ms: 198, slowestMs: 200, ownDelayMs: 3 },
    versions: new Map([["1.0.0", 200]]),
  });
});

it("reports when each that failed was sent", () => {
  const sent = (at: number): Outcome => ({ at, ms: 1, over: "fresh", crossed: false });
  const outcomes = [
    { ...sent(9_000), error: error("ECONNRESET") },
    { ...sent(2_500), answer: answer(502, "") },
    { ...sent(12_000), answer: answer(200, "1") },
  ];
  expect(loadReport(outcomes, 0).failedAt).toEqual([9, 2.5]);
});

it("keeps the numbers of pages apart, and finds one that was given twice of the same page", () => {
  const visited = (page: string | undefined, number: number): Outcome => {
    return { page, at: 0, ms: 1, over: "kept", crossed: false, answer: answer(200, `${number}`) };
  };
  const outcomes = [
    visited(undefined, 4),
    visited("a", 1),
    visited("b", 1),
    visited("a", 2),
    visited("b", 1),
  ];
  const report = loadReport(outcomes, 0);
  expect(report).toMatchObject({
    numbers: [4],
    ofPages: new Map([
      ["a", [1, 2]],
      ["b", [1, 1]],
    ]),
    twice: [1],
  });
  expect(answersIn(report)).toBe(5);
});

it("reports nothing of nothing", () => {
  expect(loadReport([], 0)).toMatchObject({ requests: 0, numbers: [], slowestMs: 0 });
});
