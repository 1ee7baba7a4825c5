import { describe, expect, it } from "@jest/globals";
import type { HitCounterStatus } from "../api/hitCounter.ts";
import { ACCEPT_LOSS_OF } from "../desired/names.ts";
import { hitCounterWith } from "../testing/fixtures.ts";
import { believedCount } from "./believed.ts";

const told = (
  hits: number | undefined,
  { ready = "Serving", accepted }: { ready?: string; accepted?: string } = {},
) => {
  const { metadata, ...rest } = hitCounterWith();
  const condition = {
    type: "Ready",
    status: "True",
    reason: ready,
    message: "",
    lastTransitionTime: "",
  } as const;
  const status: HitCounterStatus = { ...(hits !== undefined && { hits }), conditions: [condition] };
  const annotations = accepted === undefined ? {} : { [ACCEPT_LOSS_OF]: accepted };
  return { ...rest, metadata: { ...metadata, annotations }, status };
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
    expect(believedCount(told(hits))).toBe(expected);
  });

  it("is the very count while data is lost, and nothing once that is accepted", () => {
    expect(believedCount(told(41_239, { ready: "CountWentBack" }))).toBe(41_239);
    expect(believedCount(told(41_239, { ready: "CountWentBack", accepted: "41239" }))).toBe(0);
    expect(believedCount(told(41_239, { ready: "CountWentBack", accepted: "40000" }))).toBe(41_239);
  });
});
