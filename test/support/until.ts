import { setTimeout as sleep } from "node:timers/promises";

/**
 * How long, in seconds, a condition may take to hold, and how often it is looked at. What is promised in seconds is
 * measured; this is beyond it, for how long only what is broken is waited for.
 */
export interface Patience {
  withinSeconds?: number;
  everyMs?: number;
}

/**
 * Waits until `look` returns something other than undefined or false, and returns it. Out of time, it throws with
 * the last error, so that a failure tells what was seen.
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  { withinSeconds = 120, everyMs = 200 }: Patience = {},
): Promise<T> {
  const deadline = performance.now() + withinSeconds * 1000;
  let last: unknown;
  for (;;) {
    try {
      const result = await look();
      if (result !== undefined && result !== false) return result;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`${what}: not within ${withinSeconds} s`, { cause: last });
    }
    await sleep(everyMs);
  }
}
