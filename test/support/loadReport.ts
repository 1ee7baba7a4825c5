import { type Answer, NoAnswer } from "./get.ts";

/** What became of one request. */
export interface Outcome {
  /** The page that was visited, where it was one that is counted apart. */
  page?: string | undefined;
  /** When it was sent, in milliseconds since the load began. */
  at: number;
  /** How long it took, in milliseconds. */
  ms: number;
  /** Whether its connection was new or kept alive. */
  over: "fresh" | "kept";
  /** It was sent again as the server closed the kept connection meanwhile. */
  crossed: boolean;
  answer?: Answer;
  error?: NodeJS.ErrnoException;
}

/** What became of the requests of a load. */
export interface LoadReport {
  requests: number;
  /** The number in each answer 200, in the order of the answers; those of pages stand apart. */
  numbers: number[];
  /** And in those of pages that are counted apart, by the page. */
  ofPages: Map<string, number[]>;
  /** How many answers 200 each version gave, by its name. */
  versions: Map<string, number>;
  /** Answers other than 200 with a number. */
  non200: number;
  /** Connections that were refused, reset, or ended before the answer did. */
  resets: number;
  /** Requests that got no answer in time. */
  timeouts: number;
  /** Requests that this machine could not send, for want of ports, files or memory: no fault of the server's. */
  own: number;
  /** Every request of those four, in words. */
  failures: string[];
  /** When each of them was sent, in seconds since the load began. */
  failedAt: number[];
  /** Numbers that more than one answer had; of pages, those that more than one of the same page had. */
  twice: number[];
  /** Requests sent again as they crossed with the close of an idle connection: no failures. */
  crossed: number;
  /** Time to the answer, in milliseconds: of half of the requests at most, of 99%, and of all. */
  medianMs: number;
  p99Ms: number;
  slowestMs: number;
  /** The longest that the client itself was held up, in milliseconds: what it measured may be too large by that. */
  ownDelayMs: number;
}

/** Errors of the client's machine. */
const OWN_ERRORS = new Set(["EADDRNOTAVAIL", "EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]);

type Verdict = "counted" | "non200" | "resets" | "timeouts" | "own";

/** Whose fault a request's end was, if anybody's. */
export function verdictOf({ answer, error }: Pick<Outcome, "answer" | "error">): Verdict {
  if (answer) return answer.status === 200 && numberIn(answer) !== undefined ? "counted" : "non200";
  if (error instanceof NoAnswer) return "timeouts";
  return OWN_ERRORS.has(error?.code ?? "") ? "own" : "resets";
}

/** Sums up what became of the requests of a load. */
export function loadReport(outcomes: readonly Outcome[], ownDelayMs: number): LoadReport {
  const tally: Record<Verdict, number> = { counted: 0, non200: 0, resets: 0, timeouts: 0, own: 0 };
  const numbers: number[] = [];
  const ofPages = new Map<string, number[]>();
  const seriesOf = (page: string | undefined) => {
    const series = page === undefined ? numbers : (ofPages.get(page) ?? []);
    if (page !== undefined) ofPages.set(page, series);
    return series;
  };
  const versions = new Map<string, number>();
  const failures: string[] = [];
  const failedAt: number[] = [];
  for (const outcome of outcomes) {
    const verdict = verdictOf(outcome);
    tally[verdict] += 1;
    const number = outcome.answer && numberIn(outcome.answer);
    if (verdict !== "counted" || outcome.answer === undefined || number === undefined) {
      failures.push(inWords(outcome));
      failedAt.push(outcome.at / 1000);
      continue;
    }
    seriesOf(outcome.page).push(number);
    versions.set(outcome.answer.version, (versions.get(outcome.answer.version) ?? 0) + 1);
  }
  const { non200, resets, timeouts, own } = tally;
  const times = outcomes.map(({ ms }) => ms).sort((one, other) => one - other);
  const quantile = (share: number) => times[Math.max(0, Math.ceil(times.length * share) - 1)] ?? 0;
  return {
    requests: outcomes.length,
    numbers,
    ofPages,
    versions,
    ...{ non200, resets, timeouts, own, failures, failedAt },
    twice: [numbers, ...ofPages.values()].flatMap(repeated),
    crossed: outcomes.filter(({ crossed }) => crossed).length,
    medianMs: quantile(0.5),
    p99Ms: quantile(0.99),
    slowestMs: quantile(1),
    ownDelayMs,
  };
}

/** How many requests were given a number, of whatever page. */
export const answersIn = ({ numbers, ofPages }: Pick<LoadReport, "numbers" | "ofPages">): number =>
  [numbers, ...ofPages.values()].reduce((total, { length }) => total + length, 0);

const numberIn = ({ body }: Answer) => {
  const found = /\d+/.exec(body)?.[0];
  return found === undefined ? undefined : Number(found);
};

const repeated = (numbers: readonly number[]) => {
  const seen = new Set<number>();
  const twice = new Set<number>();
  for (const number of numbers) (seen.has(number) ? twice : seen).add(number);
  return [...twice];
};

const inWords = ({ at, ms, over, answer, error }: Outcome) => {
  const what = answer ? `${answer.status} ${answer.body.trim()}` : `${error?.code ?? ""} ${error?.message}`;
  const connection = over === "fresh" ? "a new connection" : "a kept one";
  return `${(at / 1000).toFixed(1)} s: ${what.trim()}, after ${Math.round(ms)} ms over ${connection}`;
};
