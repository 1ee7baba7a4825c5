import { hash } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { estimate, placeOf, REGISTERS, ranksIn } from "./hyperLogLog.ts";

/** The registers after so many different ones, which are always the same. */
function registersOf(many: number, seed: string): Uint8Array {
  const registers = new Uint8Array(REGISTERS);
  for (let index = 0; index < many; index += 1) {
    const [register, rank] = placeOf(hash("sha256", `${seed} ${index}`));
    registers[register] = Math.max(registers[register] ?? 0, rank);
  }
  return registers;
}
const textOf = (registers: Uint8Array) => Buffer.from(registers).toString("latin1");
const ERROR = 1.04 / Math.sqrt(REGISTERS);

describe("the estimate", () => {
  it.each([0, 1, 2, 10, 1_000, 16_384, 50_000, 1_000_000])("of %i is within five standard errors", (many) => {
    for (const seed of many > 100_000 ? ["a"] : ["a", "b", "c"]) {
      const told = estimate(ranksIn(textOf(registersOf(many, seed))));
      expect(Math.abs(told - many)).toBeLessThanOrEqual(Math.ceil(5 * ERROR * many));
    }
  });

  it("of many is not skewed: of twenty sets the mean is nearer than each", () => {
    const many = 5_000;
    const told = Array.from({ length: 20 }, (_, seed) =>
      estimate(ranksIn(textOf(registersOf(many, `set ${seed}`)))),
    );
    const mean = told.reduce((sum, each) => sum + each, 0) / told.length;
    expect(Math.abs(mean / many - 1)).toBeLessThan((5 * ERROR) / Math.sqrt(told.length));
  });

  it("is of whatever length the registers have, as those that are missing have seen nobody", () => {
    const text = textOf(registersOf(40, "a"));
    expect(estimate(ranksIn(text.replace(/\0+$/, "")))).toBe(40);
    expect(estimate(ranksIn(""))).toBe(0);
    expect(estimate([])).toBe(0);
  });
});

describe("a place", () => {
  it.each([
    ["ffffffffffffffff", 16_383, 1],
    ["0000000000000000", 0, 51],
    ["0000000000000001", 0, 50],
    ["0000000080000000", 0, 19],
    ["0004000100000000", 1, 18],
    ["0005ffff00000000", 1, 2],
    ["8000000000000000", 8192, 51],
  ])("of %s is register %i at rank %i", (digits, register, rank) => {
    expect(placeOf(`${digits}abcdef`)).toEqual([register, rank]);
  });
});
