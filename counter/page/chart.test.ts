import { describe, expect, it } from "@jest/globals";
import type { By, History } from "../look.ts";
import { chart, lastSlots } from "./chart.ts";

const history = (by: By, counts: Record<string, number>): History => ({
  hits: 100,
  by,
  counts: Object.entries(counts).map(([from, hits]) => ({ from, hits })),
  earlier: 0,
  unattributed: 0,
});
const at = new Date("2026-03-01T10:59:59.999Z");
const bars = (text: string) =>
  [...text.matchAll(/<rect x="(\d+)" y="(\d+)" width="8" height="(\d+)"><title>(.*?)<\/title>/g)].map(
    ([, x, y, height, title]) => [Number(x), Number(y), Number(height), title] as const,
  );
const rows = (text: string) =>
  [...text.matchAll(/<tr><th scope="row">(.*?)<\/th><td>(\d+)<\/td><\/tr>/g)].map(([, when, hits]) => [
    when,
    Number(hits),
  ]);

describe("the last hours or days of a history", () => {
  it.each([
    ["hour", 24, "2026-02-28T11:00:00.000Z", "2026-03-01T10:00:00.000Z"],
    ["day", 30, "2026-01-31T00:00:00.000Z", "2026-03-01T00:00:00.000Z"],
  ] as const)("are those by the %s that end now, and have a place each", (by, many, first, last) => {
    const slots = lastSlots(history(by, { "2020-01-01T00:00:00.000Z": 9, [last]: 3, [first]: 2 }), at);
    expect(slots).toHaveLength(many);
    expect([slots[0], slots.at(-1)]).toEqual([
      { from: new Date(first), hits: 2 },
      { from: new Date(last), hits: 3 },
    ]);
    expect(slots.reduce((sum, { hits }) => sum + hits, 0)).toBe(5);
  });

  it("end with what Redis has counted last, where its clock is ahead", () => {
    const ahead = "2026-03-01T11:00:00.000Z";
    expect(lastSlots(history("hour", { [ahead]: 1 }), at).at(-1)).toEqual({ from: new Date(ahead), hits: 1 });
  });
});

describe("a chart", () => {
  const counts = {
    "2026-02-27T00:00:00.000Z": 1,
    "2026-02-28T00:00:00.000Z": 200,
    "2026-03-01T00:00:00.000Z": 100,
  };
  const { text } = chart(history("day", counts), at);

  it("has a bar for each day, as high as its hits, and none too low to be seen", () => {
    expect(bars(text)).toHaveLength(30);
    expect(bars(text).slice(-4)).toEqual([
      [260, 100, 0, "26 Feb: 0"],
      [270, 98, 2, "27 Feb: 1"],
      [280, 0, 100, "28 Feb: 200"],
      [290, 50, 50, "1 Mar: 100"],
    ]);
    expect(text).toContain('viewBox="0 0 300 100"');
  });

  it("says in words what it draws, and that it is of all hits", () => {
    expect(text).toContain("All hits by day</h2>");
    expect(text).toContain("<p>301 in the last 30 days, in UTC. The most were 200: 28 Feb.</p>");
    expect(text).toMatch(/<svg role="img" aria-labelledby="title-day desc-day"/);
    expect(text).toMatch(/<title id="title-day">.+<\/title>\n<desc id="desc-day">.+<\/desc>/);
  });

  it("has each number in a table, too", () => {
    expect(rows(text)).toHaveLength(30);
    expect(rows(text).slice(-2)).toEqual([
      ["28 Feb", 200],
      ["1 Mar", 100],
    ]);
    const hours = chart(history("hour", { "2026-03-01T09:00:00.000Z": 7 }), at).text;
    expect(rows(hours).slice(-3)).toEqual([
      ["1 Mar, 08:00", 0],
      ["1 Mar, 09:00", 7],
      ["1 Mar, 10:00", 0],
    ]);
  });

  it.each(["hour", "day"] as const)("says so where nothing was counted by the %s", (by) => {
    const empty = chart(history(by, {}), at).text;
    expect(empty).toContain(`<p>None in the last ${by === "hour" ? "24 hours" : "30 days"}, in UTC.</p>`);
    expect(empty).not.toMatch(/<svg|<table|NaN|Infinity/);
  });
});
