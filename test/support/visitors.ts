import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { TIMEOUT_SECONDS } from "./get.ts";
import { startPace } from "./pace.ts";
import { until } from "./until.ts";

/** What became of the visitors' requests. */
export interface Visits {
  /** The number in each answer 200 of `/` that arrived whole, in the order of the answers. */
  acknowledged: number[];
  /** And in those of pages that are counted apart, by the page. */
  ofPages: Map<string, number[]>;
  /** Requests that got no such answer, by what they got instead. */
  failures: Map<string, number>;
  /** The slowest of all answers, in milliseconds. */
  slowestMs: number;
  /** How long the first of them to give up had waited that failed, in milliseconds; Infinity where none did. */
  soonestFailureMs: number;
}

/** Visitors under way. */
export interface Visitors {
  /** What became of them so far. */
  readonly soFar: Visits;
  /** Waits until so many more have been given a number. */
  untilAnswered(more: number): Promise<void>;
  /** Sends no more of them and waits until each has been answered or failed. */
  stop(): Promise<Visits>;
}

/** The pages that visitors go to beside `/`, each as often, where they are to. */
export const PAGES = ["about", "news"];
/** How many pages a counter must let be counted apart for that. */
export const visitedPages = { MAX_PAGES: `${PAGES.length}` };

/** Beyond what waits in the longest outage that there is on purpose: a machine that is slower is asked no more. */
const MOST_OPEN = 1_000;

/**
 * Sends so many requests a second, whatever becomes of those before: every other one over a connection of its own,
 * the rest over connections that are kept alive. They go to `/` alone, or to pages as well.
 */
export function startVisitors(url: string, perSecond: number, { toPages = false } = {}): Visitors {
  const targets = [undefined, ...(toPages ? PAGES : [])];
  const visits: Visits = {
    acknowledged: [],
    ofPages: new Map(toPages ? PAGES.map((page) => [page, []]) : []),
    failures: new Map(),
    slowestMs: 0,
    soonestFailureMs: Number.POSITIVE_INFINITY,
  };
  const keptAlive = new Agent({ keepAlive: true });
  const open = new Set<Promise<void>>();
  let sent = 0;

  const visit = async (agent: Agent | false, page: string | undefined) => {
    const since = performance.now();
    const numbers = (page !== undefined && visits.ofPages.get(page)) || visits.acknowledged;
    const failure = await getNumber(page === undefined ? url : `${url}p/${page}`, agent).then(
      (number) => void numbers.push(number),
      (error: Error) => error.message,
    );
    const ms = performance.now() - since;
    visits.slowestMs = Math.max(visits.slowestMs, ms);
    if (failure === undefined) return;
    visits.soonestFailureMs = Math.min(visits.soonestFailureMs, ms);
    visits.failures.set(failure, (visits.failures.get(failure) ?? 0) + 1);
  };
  const send = () => {
    const visited = visit(sent % 2 === 0 ? false : keptAlive, targets[sent % targets.length]).finally(() =>
      open.delete(visited),
    );
    open.add(visited);
    sent += 1;
  };
  const stopSending = startPace(perSecond, send, () => open.size >= MOST_OPEN);

  return {
    soFar: visits,
    async untilAnswered(more) {
      const enough = answersIn(visits) + more;
      await until("visitors are answered", () => answersIn(visits) >= enough, { everyMs: 20 });
    },
    async stop() {
      stopSending();
      while (open.size > 0) await Promise.race([...open, sleep(100)]);
      keptAlive.destroy();
      return visits;
    },
  };
}

/** The number that a GET is answered with; anything but a whole answer with one throws, in few and equal words. */
const getNumber = (url: string, agent: Agent | false) =>
  new Promise<number>((resolve, reject) => {
    const outgoing = request(url, { agent, timeout: TIMEOUT_SECONDS * 1000 }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      response.on("error", ({ message }) => reject(new Error(`in mid-answer: ${message}`)));
      response.on("end", () => {
        const number = /^Holla! we have hit (\d+) times\n$/.exec(body)?.[1];
        if (response.statusCode === 200 && number !== undefined) resolve(Number(number));
        else reject(new Error(`${response.statusCode} ${body.slice(0, 80).replaceAll(/\s+/g, " ").trim()}`));
      });
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer in ${TIMEOUT_SECONDS} s`)));
    outgoing.on("error", reject);
    outgoing.end();
  });

/** How many were given a number, of `/` or of a page. */
export const answersIn = ({ acknowledged, ofPages }: Visits): number =>
  [acknowledged, ...ofPages.values()].reduce((sum, numbers) => sum + numbers.length, 0);

/** How the visitors' answers and a count that began at 0 agree. */
export interface Verdict {
  /** How far the count is below the hits acknowledged, or below a number given; of a page too. */
  lost: number;
  /** Numbers given to more than one. */
  twice: number;
  failed: number;
  /** How far the count is above the hits acknowledged: by no more than failed, if no retry counted twice. */
  unacknowledged: number;
}

/** Compares what visitors were told with the count, and with those of pages. */
export function judge(visits: Visits, count: number, pages: Readonly<Record<string, number>> = {}): Verdict {
  const answers = answersIn(visits);
  const series = [
    { numbers: visits.acknowledged, count },
    ...[...visits.ofPages].map(([page, numbers]) => ({ numbers, count: pages[page] ?? 0 })),
  ];
  const lost = series.map(({ numbers, count: counted }) =>
    Math.max(0, numbers.length - counted, Math.max(0, ...numbers) - counted),
  );
  return {
    lost: Math.max(answers - count, ...lost),
    twice: series.reduce((sum, { numbers }) => sum + numbers.length - new Set(numbers).size, 0),
    failed: [...visits.failures.values()].reduce((sum, each) => sum + each, 0),
    unacknowledged: count - answers,
  };
}

/** Failures for a person: `3 × 502 Bad Gateway, 1 × read ECONNRESET`; `none` where there are none. */
export const failuresInWords = ({ failures }: Visits): string =>
  [...failures].map(([kind, times]) => `${times} × ${kind}`).join(", ") || "none";
