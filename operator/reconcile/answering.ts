import { type Key, keyString } from "../runtime/key.ts";
import type { ProbeResult } from "./probe.ts";

/**
 * How long a proxy must have answered before it is believed, in milliseconds: a probe goes by way of one node, and the
 * others may take so long to learn of a Service's address and of the pods behind it.
 */
const STEADY_MS = 1_000;

/**
 * Remembers since when the proxies of HitCounters have given a count whenever they were asked. Forgotten at a restart,
 * after which each is to answer for as long once more.
 */
export class Answering {
  readonly #since = new Map<string, number>();

  /** Takes what a proxy said when it was asked, if it was; tells whether it has answered for a second by now. */
  isSteady(hitCounter: Key, probe: ProbeResult | undefined, now: Date): boolean {
    const key = keyString(hitCounter);
    if (!probe || "failure" in probe) {
      this.#since.delete(key);
      return false;
    }
    const since = this.#since.get(key) ?? now.getTime();
    this.#since.set(key, since);
    return now.getTime() - since >= STEADY_MS;
  }

  /** Forgets a HitCounter that is gone. */
  forget(hitCounter: Key): void {
    this.#since.delete(keyString(hitCounter));
  }
}
