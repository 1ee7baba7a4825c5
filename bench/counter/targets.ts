import type { ProgramName, Variant } from "./contenders.ts";
import type { Result } from "./measure.ts";

/** A figure that has a median. */
export type Figure = "perSecond" | "p50Ms" | "p99Ms" | "perCpuSecond" | "rssBytes" | "idsCost";
/** The median of a figure over a contender's rounds; undefined where it did not take part. */
export type Medians = (variant: Variant, figure: Figure & keyof Result) => number | undefined;

/** What this counter shall reach. */
export interface Target {
  readonly title: string;
  /** What was measured; undefined where somebody needed for it did not take part. */
  readonly measure: (medians: Medians) => number | undefined;
  readonly format: (value: number) => string;
  readonly least?: number;
  readonly most?: number;
}

const own: Variant = { program: "counter" };
const ownBehindNginx: Variant = { ...own, behindNginx: true };

const ratio = (one: Variant, other: Variant, figure: Figure) => (medians: Medians) => {
  const [above, below] = [medians(one, figure), medians(other, figure)];
  return above === undefined || below === undefined ? undefined : above / below;
};
const times = (value: number) => `${value.toFixed(2)} ×`;

const direct = (least: number, program: ProgramName, peer: string): Target => ({
  title: `requests/s, as many as ${peer}`,
  measure: ratio(own, { program }, "perSecond"),
  format: times,
  least,
});
const proxied = (least: number, program: ProgramName, peer: string): Target => ({
  title: `requests/s behind nginx, as many as ${peer} there`,
  measure: ratio(ownBehindNginx, { program, behindNginx: true }, "perSecond"),
  format: times,
  least,
});

/** The targets, in the order in which they are told. */
export const targets: readonly Target[] = [
  direct(1.6, "go", "Go"),
  direct(6, "express", "Express"),
  direct(15, "flask", "Flask"),
  proxied(1.9, "go", "Go"),
  proxied(1, "axum", "axum"),
  {
    title: "requests/s with `always`, as many as with `everysec`",
    measure: ratio({ ...own, always: true }, own, "perSecond"),
    format: times,
    least: 0.8,
  },
  {
    title: "CPU time that ids and the look for a retry add to a request",
    measure: (medians) => medians({ ...own, ids: true }, "idsCost"),
    format: (value) => `${(100 * value).toFixed(1)}%`,
    most: 0.05,
  },
  {
    title: "most memory at any time",
    measure: (medians) => medians(own, "rssBytes"),
    format: (value) => `${(value / 2 ** 20).toFixed(0)} MiB`,
    most: 150 * 2 ** 20,
  },
];

/** Whether a value keeps a target's bound. */
export const isKept = ({ least, most }: Target, value: number): boolean =>
  (least === undefined || value >= least) && (most === undefined || value <= most);
