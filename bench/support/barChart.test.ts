import { describe, expect, it } from "@jest/globals";
import { barChart } from "./barChart.ts";

const bar = (label: string, value: number, isOwn = false) => ({ label, value, isOwn });
const widths = (svg: string) =>
  [...svg.matchAll(/<rect x=.*? width="(\d+)"/g)].map(([, width]) => Number(width));

describe("a bar chart", () => {
  it("has bars as long as their values, on one scale through all groups", () => {
    const svg = barChart("speed", [
      { title: "here", bars: [bar("one", 100), bar("two", 50)] },
      { title: "there", bars: [bar("three", 25)] },
    ]);
    const [one = 0, two = 0, three = 0] = widths(svg);
    expect(one).toBeGreaterThan(300);
    for (const [width, of] of [
      [two, one / 2],
      [three, one / 4],
    ] as const) {
      expect(Math.abs(width - of)).toBeLessThanOrEqual(1); // pixels are whole
    }
  });

  it("names everything, with figures that can be read, and sets off what is our own", () => {
    const svg = barChart("a < b", [{ title: "c & d", bars: [bar("ours", 12_345, true), bar("theirs", 1)] }]);
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 \d+ \d+"/);
    expect(svg).toContain("<title>a &lt; b</title>");
    expect(svg).toContain(">c &amp; d</text>");
    expect(svg).toMatch(/font-weight="bold">12,345<\/text>/);
    expect(new Set(svg.match(/rx="2" fill="[^"]+"/g)).size).toBe(2);
  });

  it("draws a bar for what is nearly nothing", () => {
    expect(widths(barChart("x", [{ title: "y", bars: [bar("one", 1e6), bar("two", 0)] }]))[1]).toBe(1);
  });
});
