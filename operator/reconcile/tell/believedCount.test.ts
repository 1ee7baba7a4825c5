import { describe, expect, it } from "@jest/globals";
import { ACCEPT_LOSS_OF } from "../../desired/names.ts";
import { hitCounterWith } from "../../testing/fixtures.ts";
import { believedCount } from "./believedCount.ts";

const accepting = (count: string) => {
  const hitCounter = hitCounterWith();
  return { ...hitCounter, metadata: { ...hitCounter.metadata, annotations: { [ACCEPT_LOSS_OF]: count } } };
};

describe("the count that counters are told of", () => {
  it.each([
    [undefined, 0],
    [0, 0],
    [7, 7],
    [999, 999],
    [1_000, 1_000],
    [41_239, 41_200],
    [1_234_567, 1_230_000],
  ])("is for %p hits, rounded down to three digits, %p", (hits, expected) => {
    expect(believedCount(hitCounterWith(), { hits, loss: undefined })).toBe(expected);
  });

  it("is the very count while data is lost, and nothing once that is accepted", () => {
    expect(believedCount(hitCounterWith(), { hits: 41_239, loss: "It went back." })).toBe(41_239);
    expect(believedCount(accepting("41239"), { hits: 41_239, loss: undefined })).toBe(0);
    expect(believedCount(accepting("40000"), { hits: 41_239, loss: "It went back." })).toBe(41_239);
  });

  it("is the very count while it may be brought back from a backup that is a little older", () => {
    const hitCounter = hitCounterWith({ restore: { claimName: "old" } });
    expect(believedCount(hitCounter, { hits: 41_239, loss: undefined })).toBe(41_239);
  });
});
