import { setTimeout as delay } from "node:timers/promises";

/** Beyond what any machine needs: only a fault lasts so long. */
const GIVE_UP_MS = 60_000;

/** Waits until something holds; throws, naming it, when it plainly never will. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + GIVE_UP_MS;
  while (!holds()) {
    if (performance.now() > deadline) {
      throw new Error(`Still not so after ${GIVE_UP_MS} ms: ${what}`);
    }
    await delay(2);
  }
}
