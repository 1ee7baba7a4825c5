import { median } from "../support/statistics.ts";
import { type Contender, contenders, keyOf } from "./contenders.ts";
import type { Result } from "./measure.ts";
import { type Figures, judge, targets } from "./targets.ts";

/** The results of every contender's rounds, by its key. */
export type Results = Readonly<Record<string, readonly Result[]>>;

/** What is told of a run. */
export interface Report {
  /** A line for each contender that took part, under a head: those asked directly, and those asked through nginx. */
  readonly direct: string[][];
  readonly behindNginx: string[][];
  /** A line for each target that could be judged, under a head. */
  readonly targets: string[][];
  /** What was missed. */
  readonly missed: string[];
}

const HEAD = ["requests/s", "p50", "p99", "requests a CPU second", "memory", "failed", "count less answers"];

/** The medians of what was measured, and which targets are kept. */
export function report(results: Results): Report {
  const figures = figuresOf(results);
  const judged = targets.flatMap((target) => {
    const values = target.measure(figures);
    return values.length === 0 ? [] : judge(target, values);
  });
  const inexact = (results[keyOf({ program: "counter" })] ?? []).concat(
    ...contenders.filter(({ program }) => program === "counter").map(({ key }) => results[key] ?? []),
  );
  const missed = judged.filter(({ isKept }) => !isKept).map(({ title }) => title);
  if (!inexact.every(isExact)) missed.push("an exact count without a failed request");
  const rows = (behindNginx: boolean) => [
    [behindNginx ? "behind nginx" : "asked directly", ...HEAD],
    ...contenders.filter((each) => each.behindNginx === behindNginx).flatMap((each) => rowOf(each, results)),
  ];
  return {
    direct: rows(false),
    behindNginx: rows(true),
    targets: [
      ["target", "", "measured", ""],
      ...judged.map(({ title, bound, measured, isKept }) => [
        title,
        bound,
        measured,
        isKept ? "kept" : "missed",
      ]),
    ],
    missed,
  };
}

/** The figures of results. */
export const figuresOf =
  (results: Results): Figures =>
  (variant, figure) =>
    (results[keyOf(variant)] ?? []).map((round) => round[figure]).filter((value) => value !== undefined);

const isExact = ({ failed, miscounted = 0, isEachOnce = true }: Result) =>
  failed === 0 && miscounted === 0 && isEachOnce;

const count = (value: number) => Math.round(value).toLocaleString("en");
const milliseconds = (value: number) => `${value.toFixed(value < 10 ? 2 : 1)} ms`;

function rowOf({ key, name }: Contender, results: Results): string[][] {
  const rounds = results[key] ?? [];
  if (rounds.length === 0) return [];
  const of = (read: (result: Result) => number) => median(rounds.map(read));
  return [
    [
      name,
      count(of(({ perSecond }) => perSecond)),
      milliseconds(of(({ p50Ms }) => p50Ms)),
      milliseconds(of(({ p99Ms }) => p99Ms)),
      count(of(({ perCpuSecond }) => perCpuSecond)),
      `${(of(({ rssBytes }) => rssBytes) / 2 ** 20).toFixed(0)} MiB`,
      count(rounds.reduce((sum, { failed }) => sum + failed, 0)),
      exactnessOf(rounds),
    ],
  ];
}

function exactnessOf(rounds: readonly Result[]): string {
  if (rounds.every(({ miscounted }) => miscounted === undefined)) return "";
  const sum = rounds.reduce((total, { miscounted = 0 }) => total + miscounted, 0);
  const isOff = rounds.some(({ miscounted }) => miscounted !== 0);
  if (isOff) return `${sum > 0 ? "+" : ""}${sum}`;
  return rounds.every(({ isEachOnce }) => isEachOnce) ? "0" : "0, but numbers given twice";
}
