import { escaped } from "../../tools/svg.ts";

/** Bars under a heading. */
export interface BarGroup {
  readonly title: string;
  readonly bars: readonly Bar[];
}

/** One bar; `isOwn` sets it off from the others. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly isOwn: boolean;
}

const WIDTH = 760;
const LABELS = 250; // where bars begin
const VALUES = 80; // what is left for the figure behind the longest bar
const ROW = 24;
const MARGIN = 16;
const colour = { own: "#0f766e", other: "#94a3b8", text: "#1e293b", ground: "#ffffff" };

/** Groups of horizontal bars on one scale, as an SVG. */
export function barChart(title: string, groups: readonly BarGroup[]): string {
  const most = Math.max(1, ...groups.flatMap(({ bars }) => bars.map(({ value }) => value)));
  const scale = (WIDTH - MARGIN - LABELS - VALUES) / most;
  const lines: string[] = [];
  let y = MARGIN + ROW;
  const text = (x: number, words: string, more: string) =>
    lines.push(`<text x="${x}" y="${y}"${more}>${escaped(words)}</text>`);
  text(MARGIN, title, ' font-size="16" font-weight="bold"');
  for (const group of groups) {
    y += ROW * 1.5;
    text(MARGIN, group.title, ' font-weight="bold"');
    for (const { label, value, isOwn } of group.bars) {
      y += ROW;
      const width = Math.max(1, Math.round(value * scale));
      text(LABELS - 10, label, ' text-anchor="end"');
      const fill = isOwn ? colour.own : colour.other;
      lines.push(`<rect x="${LABELS}" y="${y - 13}" width="${width}" height="17" rx="2" fill="${fill}"/>`);
      text(LABELS + width + 8, Math.round(value).toLocaleString("en"), isOwn ? ' font-weight="bold"' : "");
    }
  }
  const height = y + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="13" fill="${colour.text}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="${colour.ground}"/>`,
    ...lines,
    "</svg>\n",
  ].join("\n");
}
