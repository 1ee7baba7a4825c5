import { backoffMs, type Clock, sleep } from "../../runtime/index.ts";

/** How long an API server that does not answer is left alone: once it does, who waited soon starts anew. */
const BACKOFF = { baseMs: 1_000, capMs: 4_000 };

/**
 * Waits until the API server answers what it is asked, or the signal aborts. A process that starts anew knows no copies
 * before: so one that knows some keeps them meanwhile, even one that may write nothing else any more.
 */
export async function untilAnswered(
  ask: (signal: AbortSignal) => Promise<unknown>,
  clock: Clock,
  random: () => number,
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 1; !signal.aborted; failures += 1) {
    const answers = await ask(signal).then(
      () => true,
      () => false,
    );
    if (answers) return;
    await sleep(clock, backoffMs(failures, BACKOFF, random), signal);
  }
}
