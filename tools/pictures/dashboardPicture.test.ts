import { describe, expect, it } from "@jest/globals";
import type { DashboardData, PanelData } from "./dashboardData.ts";
import { dashboardPicture } from "./dashboardPicture.ts";

const FROM = Date.UTC(2026, 0, 1, 12) / 1000;
const panel = (more: Partial<PanelData>): PanelData => ({
  type: "timeseries",
  title: "Requests",
  gridPos: { x: 0, y: 1, w: 8, h: 7 },
  unit: "reqps",
  byName: false,
  hasLegend: true,
  series: [],
  ...more,
});
const drawn = (...panels: PanelData[]) => {
  const data: DashboardData = { title: "HitCounter", of: "demo/web", from: FROM, to: FROM + 120, panels };
  return dashboardPicture(data);
};
const pathsIn = (svg: string) =>
  [...svg.matchAll(/class="l" stroke="(\S+)" d="(\S[^"]*)?"/g)].map(([, , d]) => d);
const series = (name: string, ...values: number[]) => ({
  name,
  points: values.map((value, index) => [FROM + index * 60, value] as const),
});

describe("the dashboard's picture", () => {
  it("says of what it is, and when that was", () => {
    expect(drawn()).toContain("<title>HitCounter: demo/web, 12:00:00 to 12:02:00 UTC</title>");
  });

  it("has each panel at its place, with its title", () => {
    const svg = drawn(
      panel({ type: "row", title: "Now & then", gridPos: { x: 0, y: 0, w: 24, h: 1 } }),
      panel({ title: "p<99>", gridPos: { x: 8, y: 1, w: 8, h: 7 } }),
    );
    expect(svg).toMatch(/<g transform="translate\(4 48\)"><text class="t" [^>]*>Now &amp; then</);
    expect(svg).toMatch(
      /<g transform="translate\(340 74\)"><rect class="p" width="332" height="178"[^>]*>.*p&lt;99&gt;</,
    );
  });

  it("draws series as lines from 0 to a round number, over the whole time", () => {
    const svg = drawn(panel({ series: [series("a", 0, 100, 200), series("b", 200, 200, 200)] }));
    const [a, b] = pathsIn(svg);
    expect(a).toBe("M62 126L191 78L320 30");
    expect(b).toBe("M62 30L191 30L320 30");
    for (const words of ["0 req/s", "200 req/s", "12:00:00", "12:01:00", "12:02:00", ">a<", ">b<"]) {
      expect(svg).toContain(words);
    }
  });

  it("breaks a line where there is no number", () => {
    expect(pathsIn(drawn(panel({ series: [series("a", 1, Number.NaN, 1)] })))[0]).toMatch(
      /^M[\d. ]+M[\d. ]+$/,
    );
  });

  it("names as many series as there is room for, and none where the dashboard does not", () => {
    const many = Array.from({ length: 9 }, (_, index) => series(`counter-${index}-long-name`, 1));
    expect(drawn(panel({ series: many })).match(/counter-\d-long-name/g)).toHaveLength(4);
    expect(drawn(panel({ series: many }))).toContain(">…<");
    expect(drawn(panel({ series: many, hasLegend: false }))).not.toContain("counter-0");
  });

  it("has the last value of a number, or the name of its series", () => {
    const stat = { type: "stat", unit: "short", series: [series("1.2.3", 1, 41_230)] } as const;
    expect(drawn(panel(stat))).toContain(">41.2 K<");
    expect(drawn(panel({ ...stat, byName: true }))).toContain(">1.2.3<");
  });

  it.each(["stat", "timeseries"] as const)("says where a %s has no data", (type) => {
    expect(drawn(panel({ type }))).toContain(">No data<");
  });
});
