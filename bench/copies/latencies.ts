import { setTimeout as sleep } from "node:timers/promises";
import { getOnce } from "../../test/support/get.ts";
import { startPace } from "../../test/support/pace.ts";
import { quantile } from "../support/statistics.ts";

/** Asks so many times a second, whatever became of those before, and tells within how long 99 in a hundred were answered (ms). */
export async function latenciesAt(url: string, perSecond: number, seconds: number): Promise<number> {
  const asking: Promise<number>[] = [];
  const stop = startPace(perSecond, () => void asking.push(timed(url)));
  await sleep(seconds * 1000);
  stop();
  return quantile(await Promise.all(asking), 0.99);
}

async function timed(url: string): Promise<number> {
  const from = performance.now();
  const { status } = await getOnce(url);
  if (status !== 200) throw new Error(`A request was answered ${status}`);
  return performance.now() - from;
}
