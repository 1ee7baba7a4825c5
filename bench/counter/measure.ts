import { counterPaths } from "../../counter/contract.ts";
import { usageOfTree } from "../support/processTree.ts";
import type { Contender } from "./contenders.ts";
import { type Form, type Load, load } from "./load.ts";
import { PAGE_PATH, type Stage } from "./stage.ts";

/** What one contender did in one round. */
export interface Result {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Requests without a 200. */
  readonly failed: number;
  /** Requests for each CPU second of the program and its children. */
  readonly perCpuSecond: number;
  /** The most memory that they had. */
  readonly rssBytes: number;
  /** Redis's count less the answers with 200: above 0 hits too many, below 0 hits lost; undefined without a count. */
  readonly miscounted?: number;
  /** CPU time that an id adds to a request, as a share of what one without takes; of who is asked with ids. */
  readonly idsCost?: number;
  /** Whether the answers' numbers are the count's, each once. */
  readonly isEachOnce?: boolean;
}

/** How long and how hard. */
export interface Size {
  readonly connections: number;
  /** How long a program is warmed up, and then measured. */
  readonly warmSeconds: number;
  readonly seconds: number;
}

/** How often a program is asked without ids and with them in turn, to tell what they cost, and how long each time. */
const TURNS = 4;
const TURN_SECONDS = 0.5;

/** Starts a contender, warms it up, measures it and stops it. */
export async function measure(contender: Contender, stage: Stage, size: Size): Promise<Result> {
  const { durability, behindNginx, page } = contender;
  const path = page ? PAGE_PATH : counterPaths.root;
  const running = await stage.start(contender);
  const loads: Load[] = [];
  const ownForm: Form = contender.ids ? "ids" : behindNginx ? "plain" : "nginx";
  /** Asks for so long, and tells what it took: the answers, and the CPU time of the program. */
  const ask = async (seconds: number, form = ownForm) => {
    const { client, proxyPort } = stage;
    const port = behindNginx ? proxyPort : running.port;
    const before = await usageOfTree(running.pid);
    const answers = await load({ client, port, connections: size.connections, seconds, path, form });
    const after = await usageOfTree(running.pid);
    loads.push(answers);
    return { answers, cpuSeconds: after.cpuSeconds - before.cpuSeconds, rssBytes: after.peakRssBytes };
  };
  try {
    const before = await stage.count(durability, page);
    await ask(size.warmSeconds);
    const { answers, cpuSeconds, rssBytes } = await ask(size.seconds);
    const more = contender.ids ? { idsCost: await costOfIds(ask) } : {};
    const after = await stage.count(durability, page);
    return {
      perSecond: answers.inTime / answers.seconds,
      p50Ms: answers.p50 / 1000,
      p99Ms: answers.p99 / 1000,
      failed: loads.reduce((sum, { other, broken }) => sum + other + broken, 0),
      perCpuSecond: answers.ok / cpuSeconds,
      rssBytes,
      ...more,
      ...(before !== undefined && after !== undefined && exactness(before, after, loads)),
    };
  } finally {
    await running.stop();
  }
}

/** Asks one process without ids and with them in short turns, so that both have the same machine. */
async function costOfIds(
  ask: (seconds: number, form: Form) => Promise<{ answers: Load; cpuSeconds: number }>,
): Promise<number> {
  const taken = { without: { requests: 0, cpuSeconds: 0 }, with: { requests: 0, cpuSeconds: 0 } };
  for (let turn = 0; turn < 2 * TURNS; turn += 1) {
    const ids = turn % 2 === 1;
    const { answers, cpuSeconds } = await ask(TURN_SECONDS, ids ? "ids" : "plain");
    const sum = taken[ids ? "with" : "without"];
    sum.requests += answers.ok;
    sum.cpuSeconds += cpuSeconds;
  }
  const each = (name: keyof typeof taken) => taken[name].cpuSeconds / taken[name].requests;
  return each("with") / each("without") - 1;
}

/** Holds the growth of a count against the answers that were given meanwhile. */
export function exactness(before: number, after: number, loads: readonly Pick<Load, "ok" | "sum">[]) {
  const ok = loads.reduce((sum, each) => sum + each.ok, 0);
  const sum = loads.reduce((total, each) => total + each.sum, 0);
  const counted = after - before;
  return { miscounted: counted - ok, isEachOnce: counted === ok && sum === sumUpTo(after) - sumUpTo(before) };
}

const sumUpTo = (number: number) => (number * (number + 1)) / 2;
