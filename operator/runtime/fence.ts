import { findApiError } from "./apiError.ts";
import { type Clock, sleep, systemClock } from "./clock.ts";
import type { KubeClient, RequestOptions } from "./kubeClient.ts";

/** A write that was not sent, because the program may no longer write. */
export class FencedError extends Error {
  override name = "FencedError";
}

export interface FenceOptions {
  /** So long after a write was sent, in milliseconds, the API server has done it or given it up. Default: 5 s. */
  readonly writeMs?: number;
  readonly clock?: Clock;
}

/**
 * Lets writes through until a moment that is moved on again and again, as a Lease is renewed. It reads the clock
 * each time, and needs no timer to close: a process that was stopped and continued finds it closed.
 */
export class Fence {
  readonly writeMs: number;
  readonly #clock: Clock;
  #openUntil = Number.NEGATIVE_INFINITY;
  #underWay = 0;
  /** Until then, a write that got no answer may still be done by the API server. */
  #unsettledUntil = Number.NEGATIVE_INFINITY;
  #settled: (() => void) | undefined;

  constructor({ writeMs = 5000, clock = systemClock }: FenceOptions = {}) {
    this.writeMs = writeMs;
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
    if (!this.isOpen) {
      throw new FencedError("not sent, as this process is no longer the leader");
    }
  };

  /** Sends a write, and knows of it until it is answered. */
  async send<T>(write: () => Promise<T>): Promise<T> {
    this.check();
    this.#underWay += 1;
    try {
      return await write();
    } catch (error) {
      if (findApiError(error) === undefined) {
        this.#unsettledUntil = this.#clock.now() + this.writeMs;
      }
      throw error;
    } finally {
      this.#underWay -= 1;
      if (this.#underWay === 0) {
        this.#settled?.();
      }
    }
  }

  /** Resolves when nothing that was let through can happen any more; close it first. */
  async settle(): Promise<void> {
    if (this.#underWay > 0) {
      await new Promise<void>((resolve) => {
        this.#settled = resolve;
      });
    }
    const remainingMs = this.#unsettledUntil - this.#clock.now();
    if (remainingMs > 0) {
      await sleep(this.#clock, remainingMs, new AbortController().signal);
    }
  }
}

/** A client whose writes are sent only while the fence is open at that very moment; reads go as ever. */
export function fenced(client: KubeClient, fence: Fence): KubeClient {
  const write: RequestOptions = { beforeSend: fence.check, timeoutSeconds: fence.writeMs / 1000 };
  return {
    get: (...args) => client.get(...args),
    list: (...args) => client.list(...args),
    watch: (...args) => client.watch(...args),
    apply: (kind, object, options) => fence.send(() => client.apply(kind, object, { ...options, ...write })),
    patchStatus: (kind, key, status, options) =>
      fence.send(() => client.patchStatus(kind, key, status, { ...options, ...write })),
    create: (kind, object, options) =>
      fence.send(() => client.create(kind, object, { ...options, ...write })),
    replace: (kind, object, options) =>
      fence.send(() => client.replace(kind, object, { ...options, ...write })),
    delete: (kind, key, options) => fence.send(() => client.delete(kind, key, { ...options, ...write })),
    raw: (method, path, options) =>
      method === "GET"
        ? client.raw(method, path, options)
        : fence.send(() => client.raw(method, path, { ...options, ...write })),
    close: () => client.close(),
  };
}
