import { type Backoff, backoffMs, errorMessage, sleep } from "../runtime/index.ts";
import type { Surroundings } from "./job.ts";

/** How long to wait before looking again, in milliseconds. */
const POLL_MS = 1_000;
const AFTER_FAILURE: Backoff = { baseMs: POLL_MS, capMs: 15_000 };

/** What no waiting mends. */
export class Hopeless extends Error {}

/**
 * Looks again and again until nothing is waited for any more, and logs what is, in the words that `look` returns, each
 * time they change. A look that fails is waited out too, unless it is hopeless. Throws with the last words when time is
 * up; a request that is under way then may take its own bound longer.
 */
export async function untilNothingIsWaitedFor(
  { clock, log }: Surroundings,
  timeoutSeconds: number,
  look: () => Promise<string | undefined>,
): Promise<void> {
  const deadline = clock.now() + timeoutSeconds * 1_000;
  let told: string | undefined;
  for (let failures = 0; ; ) {
    let waitsFor: string | undefined;
    try {
      waitsFor = await look();
      failures = 0;
    } catch (error) {
      if (error instanceof Hopeless) throw error;
      waitsFor = errorMessage(error);
      failures += 1;
    }
    if (waitsFor === undefined) return;
    if (waitsFor !== told) log.info("waiting", { for: waitsFor });
    told = waitsFor;
    const left = deadline - clock.now();
    if (left <= 0) throw new Error(`Not within ${timeoutSeconds} s: ${waitsFor}`);
    const pause = failures > 0 ? backoffMs(failures, AFTER_FAILURE, Math.random) : POLL_MS;
    await sleep(clock, Math.min(left, pause));
  }
}
