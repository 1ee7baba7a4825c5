import { usageOfTree } from "../support/processTree.ts";
import type { Contender } from "./contenders.ts";
import { type Load, load } from "./load.ts";
import type { Stage } from "./stage.ts";

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

/** Starts a contender, warms it up, measures it and stops it. */
export async function measure(contender: Contender, stage: Stage, size: Size): Promise<Result> {
  const { program, durability, behindNginx, ids } = contender;
  const running = await stage.start(program, durability);
  try {
    const options = { client: stage.client, port: behindNginx ? stage.proxyPort : running.port, ids };
    const { connections, warmSeconds, seconds } = size;
    const before = await stage.count(durability);
    const warm = await load({ ...options, connections, seconds: warmSeconds });
    const used = await usageOfTree(running.pid);
    const measured = await load({ ...options, connections, seconds });
    const usage = await usageOfTree(running.pid);
    const after = await stage.count(durability);
    return {
      perSecond: measured.inTime / measured.seconds,
      p50Ms: measured.p50 / 1000,
      p99Ms: measured.p99 / 1000,
      failed: failed(warm) + failed(measured),
      perCpuSecond: measured.ok / (usage.cpuSeconds - used.cpuSeconds),
      rssBytes: usage.peakRssBytes,
      ...(before !== undefined && after !== undefined && exactness(before, after, [warm, measured])),
    };
  } finally {
    await running.stop();
  }
}

const failed = ({ other, broken }: Load) => other + broken;

/** Holds the growth of a count against the answers that were given meanwhile. */
export function exactness(before: number, after: number, loads: readonly Pick<Load, "ok" | "sum">[]) {
  const ok = loads.reduce((sum, each) => sum + each.ok, 0);
  const sum = loads.reduce((total, each) => total + each.sum, 0);
  const counted = after - before;
  return { miscounted: counted - ok, isEachOnce: counted === ok && sum === sumUpTo(after) - sumUpTo(before) };
}

const sumUpTo = (number: number) => (number * (number + 1)) / 2;
