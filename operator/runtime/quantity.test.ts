import { describe, expect, it } from "@jest/globals";
import { compareQuantities, quantityOf } from "./quantity.ts";

describe("a quantity", () => {
  it.each([
    ["1000m", "1"],
    ["1024Mi", "1Gi"],
    ["0.7", "700m"],
    ["1.5Gi", "1536Mi"],
    ["1e3", "1k"],
    ["1E3", "1000"],
    ["2E", "2000P"],
    ["-500m", "-0.5"],
    ["+1", "1"],
    [".5", "500m"],
    [2, "2"],
    ["100n", "0.1u"],
    ["9007199254740993", "9007199254740993.0"],
  ])("%j is worth %j", (one, other) => {
    expect(quantityOf(one)).toBeDefined();
    expect(quantityOf(one)).toBe(quantityOf(other));
  });

  it("tells apart what doubles cannot", () => {
    expect(quantityOf("9007199254740993")).not.toBe(quantityOf("9007199254740992"));
  });

  it.each(["", "Gi", ".", "1GB", "ten", "1 Gi", "1e", "--1"])("%j is none", (text) => {
    expect(quantityOf(text)).toBeUndefined();
  });
});

describe("quantities", () => {
  it.each([
    ["1Gi", "1024Mi", 0],
    ["2Gi", "2G", 1],
    ["500m", 1, -1],
    ["none", "0", 0],
  ])("compare by what they are worth: %p and %p", (one, other, expected) => {
    expect(compareQuantities(one, other)).toBe(expected);
  });
});
