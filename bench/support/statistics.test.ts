import { describe, expect, it } from "@jest/globals";
import { median, quantile } from "./statistics.ts";

describe("the median", () => {
  it.each([
    [[3], 3],
    [[9, 1, 2], 2],
    [[4, 1, 2, 10], 3],
  ])("of %j is %d", (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it("of nothing is an error", () => {
    expect(() => median([])).toThrow("no quantile");
  });
});

describe("the upper quartile", () => {
  it.each([
    [[3], 3],
    [[9, 1, 2, 5, 7], 7],
    [[1, 2, 3, 4], 3.25],
  ])("of %j is %d", (values, expected) => {
    expect(quantile(values, 0.75)).toBe(expected);
  });
});
