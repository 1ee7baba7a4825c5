import { describe, expect, it } from "@jest/globals";
import { printed } from "../support/table.ts";
import type { Result } from "./measure.ts";
import { report } from "./report.ts";

const result = (wallSeconds: number, total: number, rest: Partial<Result> = {}): Result => ({
  create: {
    wallSeconds,
    toldSeconds: undefined,
    cpuSeconds: wallSeconds / 2,
    peakRssBytes: 100 * 2 ** 20,
    connections: 3,
    requests: { total, byVerb: {}, writes: total, statusWrites: 10, eventWrites: 0 },
  },
  ...rest,
});
const rowOf = (rows: string[][], title: string) => rows.find(([name]) => name === title);

describe("the report", () => {
  it("has medians, ratios to controller-runtime and a word on each bound", () => {
    const results = {
      product: [result(9, 94), result(30, 94), result(10, 94)],
      "controller-runtime": [result(10, 90)],
      "raw-writer": [result(8, 80)],
    };
    const { rows, missed } = report(1000, results);
    expect(rowOf(rows, "wall time until all is there")).toEqual([
      "wall time until all is there",
      "10.0 s",
      "10.0 s",
      "8.00 s",
      "1.00 ×",
      "1.1 × controller-runtime: ok",
    ]);
    expect(missed).toEqual([]);
    expect(rowOf(report(10, results).rows, "wall time until all is there")?.at(-1)).toBe("");
  });

  it("names what is missed: requests beyond 1.05 of the raw writer's and a status each", () => {
    const { rows, missed } = report(10, { product: [result(9, 95)], "raw-writer": [result(8, 80)] });
    expect(missed).toEqual(["API requests but events"]);
    expect(rowOf(rows, "API requests but events")?.at(-1)).toBe("1.05 × raw writer + a status each: missed");
  });

  it("misses a write or too much CPU when there is nothing to do", () => {
    const idle = { cpuShare: 0.006, rssBytes: 1, requests: 1, writes: 1 };
    const restart = { readySeconds: 11, cpuSeconds: 1, requests: 1, writes: 1 };
    const { missed } = report(10, { product: [result(1, 1, { idle, restart })] });
    expect(missed).toEqual([
      "idle: CPU, share of a core",
      "idle: writes",
      "restart: ready after",
      "restart: writes",
    ]);
  });

  it("leaves out who did not take part, and says nothing of bounds that would need them", () => {
    const { rows, missed } = report(10, { product: [result(9, 94)] });
    expect(rows[0]).toEqual(["N = 10", "product", "ratio", "at most"]);
    expect(rowOf(rows, "API requests but events")).toEqual(["API requests but events", "94", "", ""]);
    expect(missed).toEqual([]);
  });

  it("is printed as text or in Markdown", () => {
    expect(printed([["a", "b"]], false)).toBe("a  b\n");
    expect(printed([["a", "b"]], true)).toContain("| a | b |");
  });
});
