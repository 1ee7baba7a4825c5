import { expect, it } from "@jest/globals";
import { afterChange, afterFailure } from "./attempts.ts";
import { NOTHING_REMEMBERED } from "./decide.ts";

it.each([
  [0, 0, 200],
  [0, 1, 400],
  [1, 0, 400],
  [3, 0, 1600],
  [9, 0, 2500],
  [9, 1, 5000],
])("waits, after %i failures and by chance %d, %i ms more", (failures, random, wait) => {
  const memory = afterFailure({ ...NOTHING_REMEMBERED, failures }, 0, 1000, random);
  expect(memory).toMatchObject({ failures: failures + 1, notBefore: 1000 + wait });
});

it("remembers by whom it was outbid", () => {
  const memory = { ...NOTHING_REMEMBERED, highest: 16 };
  expect(afterFailure(memory, 25, 0, 0).highest).toBe(25);
  expect(afterFailure(memory, 0, 0, 0).highest).toBe(16);
});

it("begins anew after a change", () => {
  const memory = {
    ...NOTHING_REMEMBERED,
    due: { reason: "HandOver" as const, at: 1 },
    failures: 2,
    confirmed: 8,
  };
  expect(afterChange(memory, 24)).toEqual({ ...NOTHING_REMEMBERED, highest: 24 });
});
