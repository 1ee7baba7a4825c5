import { readFile, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { barChart } from "../support/barChart.ts";
import { median } from "../support/statistics.ts";
import { markdownTable } from "../support/table.ts";
import { contenders } from "./contenders.ts";
import { figuresOf, type Results, report } from "./report.ts";

const docs = join(import.meta.dirname, "../../docs");
const PAGE = join(docs, "performance.md");
const PLOT = join(docs, "performance.svg");
const BEGIN = "<!-- What stands from here on is written by npm run bench:counter. -->";
const END = "<!-- What stands up to here is written by npm run bench:counter. -->";

/** Writes what was measured into docs/performance.md, and its plot beside it. */
export async function writePage(results: Results, how: { rounds: number; seconds: number }): Promise<void> {
  const { direct, behindNginx, targets } = report(results);
  const processor = cpus()[0]?.model ?? "an unknown processor";
  const made = `Medians of ${how.rounds} rounds of ${how.seconds} s on ${cpus().length} cores (${processor}), Node.js ${process.version}.

![Requests a second of the counter and its peers, asked directly and behind nginx](performance.svg)

${[direct, behindNginx, targets].map(markdownTable).join("\n")}`;
  await writeFile(PAGE, withMeasured(await readFile(PAGE, "utf8"), made));
  await writeFile(PLOT, plot(results));
}

/** The page with this between its two marks. */
export function withMeasured(page: string, made: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin === -1 || end < begin)
    throw new Error("docs/performance.md has not the two marks of what is measured");
  return `${page.slice(0, begin + BEGIN.length)}\n\n${made}\n${page.slice(end)}`;
}

/** Requests a second of every contender that took part, as an SVG. */
export function plot(results: Results): string {
  const figures = figuresOf(results);
  const bars = (behindNginx: boolean) =>
    contenders
      .filter(
        (each) =>
          each.behindNginx === behindNginx &&
          !each.ids &&
          !each.page &&
          !each.visitors &&
          each.program !== "counter-cluster",
      )
      .map(({ name, program, durability }) => {
        const perSecond = figures({ program, behindNginx, always: durability === "always" }, "perSecond");
        return { label: name, perSecond, isOwn: program === "counter" };
      })
      .filter(({ perSecond }) => perSecond.length > 0)
      .map(({ label, perSecond, isOwn }) => ({ label, value: median(perSecond), isOwn }));
  return barChart("Requests a second, one core, 64 connections", [
    { title: "asked directly", bars: bars(false) },
    { title: "behind nginx on the same core", bars: bars(true) },
  ]);
}
