import { describe, expect, it } from "@jest/globals";
import { contenders } from "./contenders.ts";
import { exactness, type Result } from "./measure.ts";
import { plot, withMeasured } from "./page.ts";
import { type Results, report } from "./report.ts";

const result = (perSecond: number, more: Partial<Result> = {}): Result => ({
  perSecond,
  p50Ms: 1,
  p99Ms: 2.5,
  failed: 0,
  perCpuSecond: perSecond,
  rssBytes: 100 * 2 ** 20,
  miscounted: 0,
  isEachOnce: true,
  ...more,
});
/** Three rounds, of which the second had a machine that did next to nothing: all the same, the ratios stand. */
const rounds = (perSecond: number) => [1, 0.001, 1.2].map((speed) => result(perSecond * speed));
const keeping: Results = {
  counter: rounds(60_000),
  "counter+ids": [result(58_000, { idsCost: 0.05 })],
  "counter+always": rounds(45_000),
  "counter+page": rounds(54_000),
  "counter+visitors": rounds(54_000),
  "counter@nginx": rounds(22_000),
  go: rounds(37_500),
  fastify: rounds(50_000),
  flask: rounds(4000),
  "go@nginx": rounds(11_578),
  "fastify@nginx": rounds(19_130),
  "axum@nginx": rounds(31_428),
};

describe("the report on the counter", () => {
  it("has the medians of those that took part, and tells that the targets are kept", () => {
    const { direct, behindNginx, targets, missed } = report(keeping);
    expect(direct.find(([name]) => name === "this counter")).toEqual([
      "this counter",
      "60,000",
      "1.00 ms",
      "2.50 ms",
      "60,000",
      "100 MiB",
      "0",
      "0",
    ]);
    expect(direct.map(([name]) => name)).not.toContain("Rust axum, redis crate");
    expect(behindNginx).toHaveLength(5);
    expect(targets.slice(1).map((row) => row.at(-1))).toEqual(Array(10).fill("kept"));
    expect(targets[2]).toEqual([
      "requests/s, as many as Go",
      "at least 1.60 ×",
      "1.60 × (1.60 × to 1.60 ×)",
      "kept",
    ]);
    expect(missed).toEqual([]);
  });

  it.each<[string, Results, string]>([
    ["1.2 of Fastify", { fastify: rounds(50_100) }, "requests/s, as many as Fastify"],
    ["1.6 of Go", { go: rounds(37_600) }, "requests/s, as many as Go"],
    ["15 of Flask", { flask: rounds(4001) }, "requests/s, as many as Flask"],
    [
      "1.15 of Fastify behind nginx",
      { "fastify@nginx": rounds(19_140) },
      "requests/s behind nginx, as many as Fastify there",
    ],
    [
      "0.7 of axum behind nginx",
      { "axum@nginx": rounds(31_500) },
      "requests/s behind nginx, as many as axum there",
    ],
    [
      "1.9 of Go behind nginx",
      { "go@nginx": rounds(11_600) },
      "requests/s behind nginx, as many as Go there",
    ],
    [
      "0.75 with always",
      { "counter+always": rounds(44_900) },
      "requests/s with `always`, as many as with `everysec`",
    ],
    [
      "0.9 with visitors",
      { "counter+visitors": rounds(53_900) },
      "requests/s with pages, history and visitors on, as many as without",
    ],
    [
      "1.05 of the CPU time with ids",
      { "counter+ids": [result(58_000, { idsCost: 0.051 })] },
      "CPU time that ids and the look for a retry add to a request",
    ],
    [
      "150 MiB",
      { counter: rounds(60_000).map((each) => ({ ...each, rssBytes: 151 * 2 ** 20 })) },
      "most memory at any time",
    ],
    [
      "an exact count",
      { "counter@nginx": rounds(22_000).map((each) => ({ ...each, miscounted: 1 })) },
      "an exact count without a failed request",
    ],
    [
      "numbers given once",
      { "counter+ids": [result(58_000, { idsCost: 0, isEachOnce: false })] },
      "an exact count without a failed request",
    ],
  ])("tells that %s is missed", (_bound, results, missed) => {
    expect(report({ ...keeping, ...results }).missed).toEqual([missed]);
  });

  it("keeps a ratio that a quarter of the rounds have, whatever the machine does in the others", () => {
    const fastify = [60_000, 60_000, 60_000, 50_000, 50_000].map((perSecond) => result(perSecond));
    const counter = Array.from({ length: 5 }, () => result(60_000));
    expect(report({ counter, fastify }).missed).toEqual([]);
    expect(report({ counter, fastify: [...fastify.slice(0, 3), ...fastify.slice(0, 2)] }).missed).toEqual([
      "requests/s, as many as Fastify",
    ]);
  });

  it("shows a peer that is quicker by counting wrong as such, and does not hold it against the counter", () => {
    const { direct, missed } = report({
      ...keeping,
      fastify: [result(9), result(9, { miscounted: -3 }), result(9)],
      axum: [result(9, { isEachOnce: false })],
    });
    const told = (name: string) => direct.find(([first]) => first?.startsWith(name))?.at(-1);
    expect([told("Fastify"), told("Rust")]).toEqual(["-3", "0, but numbers given twice"]);
    expect(missed).toEqual([]);
  });

  it("judges nothing that needs who did not take part", () => {
    const { targets, missed } = report({ go: [result(1)] });
    expect([targets.length, missed]).toEqual([1, []]);
  });
});

describe("exactness", () => {
  it.each([
    ["each number once", [1, 3, [{ ok: 2, sum: 5 }]], { miscounted: 0, isEachOnce: true }],
    [
      "over two loads",
      [
        0,
        3,
        [
          { ok: 1, sum: 1 },
          { ok: 2, sum: 5 },
        ],
      ],
      { miscounted: 0, isEachOnce: true },
    ],
    ["one given twice", [1, 3, [{ ok: 2, sum: 6 }]], { miscounted: 0, isEachOnce: false }],
    ["one lost", [1, 2, [{ ok: 2, sum: 5 }]], { miscounted: -1, isEachOnce: false }],
  ] as const)("of %s", (_case, [before, after, loads], expected) => {
    expect(exactness(before, after, loads)).toEqual(expected);
  });
});

describe("the page", () => {
  it("has what is measured between its marks, and keeps the rest", () => {
    const mark = (words: string) => `<!-- What stands ${words} is written by npm run bench:counter. -->`;
    const page = `before\n${mark("from here on")}\nold\n${mark("up to here")}\nafter\n`;
    const made = withMeasured(page, "new");
    expect(made).toBe(`before\n${mark("from here on")}\n\nnew\n${mark("up to here")}\nafter\n`);
    expect(() => withMeasured("before\n", "new")).toThrow("marks");
  });

  it("has a plot with a bar for each that took part, those with ids, of pages and of visitors apart", () => {
    const bars = plot(keeping).match(/rx="2"/g) ?? [];
    expect(bars).toHaveLength(Object.keys(keeping).length - 3);
  });
});

describe("contenders", () => {
  it("have keys of their own", () => {
    expect(new Set(contenders.map(({ key }) => key)).size).toBe(contenders.length);
  });
});
