import { type Clock, sleep } from "../../runtime/index.ts";

/** How often the API server is asked that does not answer (ms). */
const ASK_MS = 2_000;

/**
 * Waits until the API server answers what it is asked, or the signal aborts. A process that starts anew knows no copies
 * before: so one that knows some keeps them meanwhile, even one that may write nothing else any more.
 */
export async function untilAnswered(
  ask: (signal: AbortSignal) => Promise<unknown>,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const answers = await ask(signal).then(
      () => true,
      () => false,
    );
    if (answers) return;
    await sleep(clock, ASK_MS, signal);
  }
}
