import { describe, expect, it } from "@jest/globals";
import { backoffMs } from "./backoff.ts";

const backoff = { baseMs: 100, capMs: 1000 };

describe("the backoff", () => {
  it.each([
    [0, 0, 0],
    [1, 50, 100],
    [2, 100, 200],
    [4, 400, 800],
    [5, 500, 1000],
    [10_000, 500, 1000],
  ])("after %i failures lies between %i and %i ms", (failures, least, most) => {
    expect(backoffMs(failures, backoff, () => 0)).toBe(least);
    expect(backoffMs(failures, backoff, () => 1)).toBe(most);
  });
});
