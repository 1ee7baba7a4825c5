import { expect } from "@jest/globals";
import { tell } from "./findings.ts";
import { type Counted, countedAt, read, urlOf } from "./hitCounters.ts";
import type { Kubectl } from "./kubectl.ts";
import { type LoadOptions, startLoad } from "./load.ts";
import { answersIn, type LoadReport } from "./loadReport.ts";
import { until } from "./until.ts";
import { PAGES } from "./visitors.ts";

/** What a load saw of a change, and what it left in the count. */
export interface Seen extends LoadReport {
  /** The count's growth less the answers: above 0, hits too many; below 0, hits lost. */
  countMinusAnswers: number;
  /** In words, what else was counted otherwise than answered: the number of a page, a history that lacks hits. */
  astray: string[];
  seconds: number;
}

/** For how long (s) a load is answered before the change begins, and after it has ended. */
const SETTLED_SECONDS = 0.5;

/**
 * Does something to a HitCounter while it is visited, 200 times a second unless told otherwise, and tells what the
 * visitors saw as a row of the table in docs/guarantees.md, unless `what` is undefined. Where pages are counted apart,
 * they are visited as often as `/`. Nobody else may visit it meanwhile.
 */
export async function underLoad(
  kubectl: Kubectl,
  name: string,
  what: string | undefined,
  change: () => Promise<unknown>,
  { byHttp, ...options }: LoadOptions & { byHttp?: boolean } = {},
): Promise<Seen> {
  const url = await urlOf(kubectl, name, { byHttp });
  const pages = PAGES.slice(0, (await read(kubectl, name)).spec.pages.max);
  const before = await countedAt(url);
  const began = performance.now();
  const load = startLoad(`${url}/`, { pages, ...options });
  const more = async () => {
    const enough = load.answered() + (options.rate ?? 200) * SETTLED_SECONDS;
    await until("visitors are answered", () => load.answered() > enough);
  };
  const failure = await more()
    .then(change)
    .then(more)
    .then(
      () => undefined,
      (error: unknown) => error,
    );
  const report = await load.stop();
  const seconds = (performance.now() - began) / 1000;
  const after = await countedAt(url);
  const countMinusAnswers = after.hits - before.hits - answersIn(report);
  const seen = { ...report, countMinusAnswers, astray: astrayIn(report, before, after), seconds };
  if (what !== undefined) tell("under load", inRow(what, seen));
  if (failure !== undefined) throw failure;
  return seen;
}

/** What of it all was counted otherwise than answered, beside the count itself. */
export function astrayIn(
  { ofPages }: Pick<LoadReport, "ofPages">,
  before: Counted,
  after: Counted,
): string[] {
  const pages = [...ofPages].flatMap(([page, { length }]) => {
    const counted = (after.pages[page] ?? 0) - (before.pages[page] ?? 0);
    return counted === length ? [] : [`page ${page}: ${counted} counted, ${length} answered`];
  });
  const histories = (["hour", "day"] as const).flatMap((by) => {
    const more = after.undated[by] - before.undated[by];
    return more === 0 ? [] : [`the history by ${by}: ${more} not dated`];
  });
  return [...pages, ...histories];
}

/** What several loads saw that ran at once; of their times, the longest. */
export function together(loads: readonly Seen[]): Seen {
  const sum = (of: (seen: Seen) => number) => loads.reduce((total, seen) => total + of(seen), 0);
  const longest = (of: (seen: Seen) => number) => Math.max(...loads.map(of));
  return {
    requests: sum(({ requests }) => requests),
    non200: sum(({ non200 }) => non200),
    resets: sum(({ resets }) => resets),
    timeouts: sum(({ timeouts }) => timeouts),
    own: sum(({ own }) => own),
    crossed: sum(({ crossed }) => crossed),
    countMinusAnswers: sum(({ countMinusAnswers }) => countMinusAnswers),
    numbers: [],
    ofPages: new Map(),
    versions: new Map(),
    astray: loads.flatMap(({ astray }) => astray),
    failures: loads.flatMap(({ failures }) => failures),
    failedAt: loads.flatMap(({ failedAt }) => failedAt),
    twice: loads.flatMap(({ twice }) => twice),
    seconds: longest(({ seconds }) => seconds),
    medianMs: longest(({ medianMs }) => medianMs),
    p99Ms: longest(({ p99Ms }) => p99Ms),
    slowestMs: longest(({ slowestMs }) => slowestMs),
    ownDelayMs: longest(({ ownDelayMs }) => ownDelayMs),
  };
}

/** One row of the table: what was done, then what the visitors saw of it. */
export function inRow(what: string, seen: Seen): string {
  const { requests, non200, resets, timeouts, twice, countMinusAnswers, crossed, own } = seen;
  const numbers = [requests, non200, resets, timeouts, twice.length, countMinusAnswers, crossed, own];
  const times = [seen.medianMs, seen.p99Ms, seen.slowestMs].map((ms) => `${ms.toFixed(ms < 10 ? 1 : 0)} ms`);
  return `| ${[what, `${seen.seconds.toFixed(0)} s`, ...numbers, ...times].join(" | ")} |`;
}

/** No visitor saw anything but an answer with a number of its own, and what was counted is what they were told. */
export function expectNothingLost(seen: Seen): void {
  const { failures, twice, countMinusAnswers, astray } = seen;
  expect({ failures: failures.slice(0, 20), twice, countMinusAnswers, astray }).toEqual({
    failures: [],
    twice: [],
    countMinusAnswers: 0,
    astray: [],
  });
}
