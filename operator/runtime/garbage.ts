import { type Clock, sleep, systemClock } from "./clock.ts";

/** As often as Go's runtime does it, in milliseconds. */
const INTERVAL_MS = 120_000;
/** In a task of its own, and so that the memory is given back: a common collection keeps it for later. */
const HOW = { type: "major", execution: "async", flavor: "last-resort" } as const;

/**
 * Collects garbage every two minutes until the signal aborts; only where Node.js was started with `--expose-gc`. Left
 * alone, V8 waits for more of it than a program makes that has little to do, and its memory creeps up for half an hour.
 */
export async function collectGarbage(
  signal: AbortSignal,
  collect: ((how: typeof HOW) => unknown) | undefined = globalThis.gc,
  clock: Clock = systemClock,
): Promise<void> {
  if (!collect) return;
  for (;;) {
    await sleep(clock, INTERVAL_MS, signal);
    if (signal.aborted) return;
    await collect(HOW);
  }
}
