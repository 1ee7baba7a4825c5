import type { Rules } from "./rules.ts";
import type { ModelCounter } from "./world.ts";

/** Makes a counter unsure of its batch: it finds the primary again, and sends the batch again. */
export function dropIt(counter: ModelCounter, { sameBatch }: Rules): void {
  if (!sameBatch && counter.phase !== "found") counter.resend += 1;
  Object.assign(counter, { phase: "idle", node: -1, term: 0, length: 0 });
}
