import { median, quantile } from "../support/statistics.ts";
import type { ProgramName, Variant } from "./contenders.ts";
import type { Result } from "./measure.ts";

/** A figure of a round. */
export type Figure = "perSecond" | "p50Ms" | "p99Ms" | "perCpuSecond" | "rssBytes" | "idsCost";
/** A figure of each of a contender's rounds; none where it did not take part. */
export type Figures = (variant: Variant, figure: Figure & keyof Result) => readonly number[];

/** What this counter shall reach. */
export interface Target {
  readonly title: string;
  /** What each round measured; nothing where somebody needed for it did not take part. */
  readonly measure: (figures: Figures) => readonly number[];
  readonly format: (value: number) => string;
  readonly least?: number;
  readonly most?: number;
}

const own: Variant = { program: "counter" };
const behindNginx = true;
const ownBehindNginx: Variant = { ...own, behindNginx };

/** Of each round, for the machine is another one in the next: both were measured within a minute or so. */
const ratio = (one: Variant, other: Variant) => (figures: Figures) => {
  const below = figures(other, "perSecond");
  return figures(one, "perSecond").flatMap((value, round) => {
    const divisor = below[round];
    return divisor === undefined ? [] : value / divisor;
  });
};
const times = (value: number) => `${value.toFixed(2)} ×`;

const atLeast = (least: number, title: string, one: Variant, other: Variant): Target => ({
  title,
  measure: ratio(one, other),
  format: times,
  least,
});
const direct = (least: number, program: ProgramName, peer: string) =>
  atLeast(least, `requests/s, as many as ${peer}`, own, { program });
const proxied = (least: number, program: ProgramName, peer: string) =>
  atLeast(least, `requests/s behind nginx, as many as ${peer} there`, ownBehindNginx, {
    program,
    behindNginx,
  });

/** The targets, in the order in which they are told. */
export const targets: readonly Target[] = [
  direct(1.2, "fastify", "Fastify"),
  direct(1.6, "go", "Go"),
  direct(15, "flask", "Flask"),
  proxied(1.15, "fastify", "Fastify"),
  proxied(0.7, "axum", "axum"),
  proxied(1.9, "go", "Go"),
  atLeast(0.75, "requests/s with `always`, as many as with `everysec`", { ...own, always: true }, own),
  atLeast(
    0.9,
    "requests/s with pages, history and visitors on, as many as without",
    { ...own, visitors: true },
    own,
  ),
  {
    title: "CPU time that ids and the look for a retry add to a request",
    measure: (figures) => figures({ ...own, ids: true }, "idsCost"),
    format: (value) => `${(100 * value).toFixed(1)}%`,
    most: 0.05,
  },
  {
    title: "most memory at any time",
    measure: (figures) => figures(own, "rssBytes"),
    format: (value) => `${(value / 2 ** 20).toFixed(0)} MiB`,
    most: 150 * 2 ** 20,
  },
];

/** What is told of a target, and whether it is kept. */
export interface Judgement {
  readonly title: string;
  readonly bound: string;
  /** The median of the rounds, and the quartiles. */
  readonly measured: string;
  readonly isKept: boolean;
}

/**
 * Holds what rounds measured against a target. A ratio is missed where not even the upper quartile reaches it, so that
 * a machine with other work beside does not miss it alone.
 */
export function judge({ title, format, least, most }: Target, values: readonly number[]): Judgement {
  const [low, middle, high] = [quantile(values, 0.25), median(values), quantile(values, 0.75)];
  return {
    title,
    bound: least === undefined ? `at most ${format(most ?? 0)}` : `at least ${format(least)}`,
    measured: values.length === 1 ? format(middle) : `${format(middle)} (${format(low)} to ${format(high)})`,
    isKept: (least === undefined || high >= least) && (most === undefined || middle <= most),
  };
}
