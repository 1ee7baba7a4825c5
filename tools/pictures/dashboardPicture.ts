import { escaped } from "../svg.ts";
import type { DashboardData, PanelData, Series } from "./dashboardData.ts";
import { gridStep, inUnit } from "./units.ts";

/** Of a cell of the dashboard's grid, in pixels. */
const [CELL, LINE] = [42, 26];
const GAP = 4;
const HEAD = 44;
/** What a graph leaves free for its scale, its title, and the times and the legend below. */
const [LEFT, TOP, BOTTOM, RIGHT] = [62, 30, 52, 12];
const LEGEND_LEFT = 10;
const LETTER = 5.6; // of 10 px, on average
const COLOURS = ["#0f766e", "#c2410c", "#4338ca", "#a16207", "#be185d", "#0369a1", "#4d7c0f", "#6b21a8"];

/** The dashboard as it would stand on a page, with this data, as an SVG. */
export function dashboardPicture({ title, of, from, to, panels }: DashboardData): string {
  const rows = Math.max(0, ...panels.map(({ gridPos: { y, h } }) => y + h));
  const [width, height] = [24 * CELL + GAP, HEAD + rows * LINE + GAP];
  const span = `${clock(from)} to ${clock(to)} UTC`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="10" fill="#334155" role="img">`,
    `<title>${escaped(`${title}: ${of}, ${span}`)}</title>`,
    `<style>.p{fill:#fff;stroke:#cbd5e1}.t{font-size:11px;font-weight:bold;fill:#1e293b}.g{stroke:#e2e8f0}.l{fill:none;stroke-width:1.5;stroke-linejoin:round}.e{text-anchor:end}.m{text-anchor:middle}</style>`,
    `<rect width="${width}" height="${height}" fill="#f1f5f9"/>`,
    `<text x="${GAP + 8}" y="27" font-size="16" font-weight="bold" fill="#1e293b">${escaped(title)}</text>`,
    `<text class="e" x="${width - GAP - 8}" y="27" font-size="12">${escaped(`${of}, ${span}`)}</text>`,
    ...panels.map((panel) => drawn(panel, from, to)),
    "</svg>\n",
  ].join("\n");
}

function drawn(panel: PanelData, from: number, to: number): string {
  const { x, y, w, h } = panel.gridPos;
  const [width, height] = [w * CELL - GAP, h * LINE - GAP];
  const inside = {
    row: () => [text(8, 16, panel.title, "t")],
    stat: () => [...frame(panel, width, height), ...stat(panel, width, height)],
    timeseries: () => [...frame(panel, width, height), ...graph(panel, width, height, from, to)],
  };
  const at = `translate(${x * CELL + GAP} ${HEAD + y * LINE + GAP})`;
  return `<g transform="${at}">${inside[panel.type]().join("")}</g>`;
}

const frame = ({ title }: PanelData, width: number, height: number) => [
  `<rect class="p" width="${width}" height="${height}" rx="3"/>`,
  text(10, 18, title, "t"),
];

/** The last value, or the name of its series. */
function stat({ series: [series], byName, unit }: PanelData, width: number, height: number): string[] {
  const value = series?.points.at(-1)?.[1];
  const words =
    series === undefined || value === undefined ? "No data" : byName ? series.name : inUnit(value, unit);
  const y = round(height / 2 + 20);
  return [
    `<text class="m" x="${width / 2}" y="${y}" font-size="26" font-weight="bold" fill="${COLOURS[0]}">${escaped(words)}</text>`,
  ];
}

/** The series as lines over time, from 0 up. */
function graph(panel: PanelData, width: number, height: number, from: number, to: number): string[] {
  const { series, unit, hasLegend } = panel;
  const [right, bottom] = [width - RIGHT, height - BOTTOM];
  if (series.every(({ points }) => points.length === 0)) {
    return [text(width / 2, height / 2, "No data", "m")];
  }
  const values = series.flatMap(({ points }) => points.map(([, value]) => value)).filter(Number.isFinite);
  const step = gridStep(Math.max(0, ...values), unit);
  const top = step * Math.max(1, Math.ceil(Math.max(0, ...values) / step));
  const xOf = (time: number) => round(LEFT + ((time - from) / (to - from || 1)) * (right - LEFT));
  const yOf = (value: number) => round(bottom - (value / top) * (bottom - TOP));
  const grid = Array.from({ length: Math.round(top / step) + 1 }, (_, index) => index * step).flatMap(
    (value) => [
      `<path class="g" d="M${LEFT} ${yOf(value)}H${right}"/>`,
      text(LEFT - 6, yOf(value) + 3, inUnit(value, unit), "e"),
    ],
  );
  const times = [from, (from + to) / 2, to].map((time, index) =>
    text(xOf(time), bottom + 13, clock(time), ["", "m", "e"][index]),
  );
  const lines = series.map(
    ({ points }, index) => `<path class="l" stroke="${colourOf(index)}" d="${path(points, xOf, yOf)}"/>`,
  );
  return [...grid, ...times, ...lines, ...(hasLegend ? legend(series, right, height - 21) : [])];
}

/** A line through the points, broken where there is no number. */
function path(
  points: Series["points"],
  xOf: (time: number) => number,
  yOf: (value: number) => number,
): string {
  let pen = "M";
  return points
    .map(([time, value]) => {
      const part = Number.isFinite(value) ? `${pen}${xOf(time)} ${yOf(value)}` : "";
      pen = part === "" ? "M" : "L";
      return part;
    })
    .join("");
}

/** The names of the series in two lines, as many as there is room for. */
function legend(series: readonly Series[], right: number, y: number): string[] {
  const marks: string[] = [];
  let [x, line] = [LEGEND_LEFT, 0];
  for (const [index, { name }] of series.entries()) {
    const width = 16 + name.length * LETTER + 12;
    if (x + width > right && x > LEGEND_LEFT) {
      if (line === 1) return [...marks, text(x, y + line * 13, "…")];
      [x, line] = [LEGEND_LEFT, 1];
    }
    const at = y + line * 13;
    marks.push(`<rect x="${round(x)}" y="${at - 5}" width="12" height="3" fill="${colourOf(index)}"/>`);
    marks.push(text(x + 16, at, name));
    x += width;
  }
  return marks;
}

const text = (x: number, y: number, words: string, look = "") =>
  `<text${look && ` class="${look}"`} x="${round(x)}" y="${round(y)}">${escaped(words)}</text>`;
const colourOf = (index: number) => COLOURS[index % COLOURS.length];
const round = (value: number) => Math.round(value * 10) / 10;
const clock = (seconds: number) => new Date(seconds * 1000).toISOString().slice(11, 19);
