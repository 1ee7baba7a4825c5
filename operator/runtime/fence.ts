import { type Clock, sleep, systemClock } from "./clock.ts";
import type { Transport } from "./transport.ts";

/** A write that was not sent, because the program may no longer write. */
export class FencedError extends Error {
  override name = "FencedError";
}

/** So long after a write was sent, in milliseconds, the API server has done it or given it up. */
const WRITE_MS = 5000;

/**
 * Lets writes through until a moment that is moved on again and again, as a Lease is renewed. It reads the clock
 * each time, and needs no timer to close: a process that was stopped and continued finds it closed.
 */
export class Fence {
  readonly #clock: Clock;
  #openUntil = Number.NEGATIVE_INFINITY;
  readonly #underWay = new Set<Promise<unknown>>();
  /** Until then, a write that got no answer may still be done by the API server. */
  #unsettledUntil = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  get isOpen(): boolean {
    return this.#clock.now() < this.#openUntil;
  }

  /** Lets writes through until then, by the fence's clock, in milliseconds. */
  openUntil(ms: number): void {
    this.#openUntil = ms;
  }

  /** Lets no further write through. */
  close(): void {
    this.#openUntil = Number.NEGATIVE_INFINITY;
  }

  /** Throws FencedError unless a write may be sent at this moment. */
  readonly check = (): void => {
    if (!this.isOpen) throw new FencedError("not sent, as this process is no longer the leader");
  };

  /** Sends a write, and knows of it until it is answered. */
  async send<T>(write: () => Promise<T>): Promise<T> {
    this.check();
    const answer = write();
    this.#underWay.add(answer);
    try {
      return await answer;
    } catch (error) {
      this.#unsettledUntil = this.#clock.now() + WRITE_MS;
      throw error;
    } finally {
      this.#underWay.delete(answer);
    }
  }

  /** Resolves when nothing that was let through can happen any more; close it first. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    const remainingMs = this.#unsettledUntil - this.#clock.now();
    if (remainingMs > 0) await sleep(this.#clock, remainingMs);
  }
}

/** A transport whose writes are sent only while the fence is open at that very moment; reads go as ever. */
export function fenced(transport: Transport, fence: Fence): Transport {
  return {
    ...transport,
    request: (method, path, request) => {
      if (method === "GET") return transport.request(method, path, request);
      // After so long the API server gives it up.
      const query = { ...request?.query, timeout: `${WRITE_MS / 1000}s` };
      const beforeSend = fence.check;
      return fence.send(() => transport.request(method, path, { ...request, query, beforeSend }));
    },
  };
}
