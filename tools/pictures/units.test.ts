import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { gridStep, inUnit } from "./units.ts";

describe("a value with its unit", () => {
  it.each([
    [0, "short", "0"],
    [0.5, "short", "0.5"],
    [12_345, "short", "12.3 K"],
    [199.6, "reqps", "200 req/s"],
    [0.0004, "percentunit", "0.04%"],
    [1, "bool_yes_no", "Yes"],
    [0, "bool_yes_no", "No"],
    [0, "s", "0 s"],
    [0.0025, "s", "2.5 ms"],
    [0.0000025, "s", "2.5 µs"],
    [104_857_600, "bytes", "100 MiB"],
  ])("%d as %s is %s", (value, unit, words) => {
    expect(inUnit(value, unit)).toBe(words);
  });

  it("is known for every unit of the dashboard", async () => {
    const file = join(import.meta.dirname, "../../config/monitoring/dashboard.json");
    const found = [...(await readFile(file, "utf8")).matchAll(/"unit": "(.*)"/g)].map(([, unit]) => unit);
    expect(found.length).toBeGreaterThan(20);
    for (const unit of found) expect(inUnit(1, unit)).not.toBe("");
    expect(() => inUnit(1, "parsec")).toThrow("parsec");
  });
});

it.each([
  [0, "short", 1],
  [3, "short", 1],
  [199.6, "reqps", 50],
  [0.9, "s", 0.5],
  [0.8, "s", 0.2],
  [150 * 2 ** 20, "bytes", 50 * 2 ** 20],
])("a grid up to %d %s has lines every %d", (most, unit, step) => {
  expect(gridStep(most, unit)).toBeCloseTo(step, 9);
});
