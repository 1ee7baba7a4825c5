import { setTimeout as delay } from "node:timers/promises";

/** Waits until something holds; throws, naming it, when it does not within `ms` milliseconds. */
export async function until(what: string, holds: () => boolean, ms = 3000): Promise<void> {
  const deadline = performance.now() + ms;
  while (!holds()) {
    if (performance.now() > deadline) {
      throw new Error(`Still not so after ${ms} ms: ${what}`);
    }
    await delay(2);
  }
}
