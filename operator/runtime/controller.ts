import { randomUUID } from "node:crypto";
import { retryAfterMs } from "./apiError.ts";
import { sleep, type TimeAndChance, timeAndChance } from "./clock.ts";
import type { Key } from "./key.ts";
import { errorMessage, type Logger } from "./logger.ts";
import { type QueueOptions, WorkQueue } from "./queue.ts";
import type { Source } from "./sources.ts";

/** What a reconcile that did not fail wants next: nothing until something changes, or another look after a while. */
export interface Outcome {
  readonly requeueAfterMs?: number;
}

/** Nothing more to do until something changes. */
export const done: Outcome = Object.freeze({});

/** Look again after this many milliseconds, or earlier when something changes. */
export function requeueAfter(ms: number): Outcome {
  return { requeueAfterMs: ms };
}

/** Brings one object's world to where it should be; may be called for a key that no longer exists, and again at any time. */
export type Reconcile = (key: Key, context: ReconcileContext) => Promise<Outcome>;

export interface ReconcileContext {
  /** Aborts when the controller may no longer write: pass it to every request. */
  readonly signal: AbortSignal;
  /** Every line carries the key and the id of this reconcile. */
  readonly log: Logger;
}

export interface ControllerOptions extends QueueOptions {
  readonly sources: readonly Source[];
  readonly reconcile: Reconcile;
  readonly log: Logger;
}

/** Calls `reconcile` for every key its sources name, until it is stopped. */
export class Controller {
  /** Resolves when every source has told of all there is. */
  readonly synced: Promise<void>;
  /** Whether every source has told of all there is. */
  hasSynced = false;
  readonly #options: ControllerOptions & TimeAndChance;
  readonly #queue: WorkQueue;
  readonly #abort = new AbortController();

  constructor(options: ControllerOptions) {
    this.#options = { ...timeAndChance, ...options };
    this.#queue = new WorkQueue(options);
    this.synced = Promise.all(options.sources.map(({ synced }) => synced)).then(() => {
      this.hasSynced = true;
    });
    // From the start, so that nothing that happens before `start` is missed.
    for (const source of options.sources) source.onKey((key) => this.#queue.add(key));
    const { metrics, name, concurrency = 10 } = options;
    metrics.maxConcurrentReconciles.set({ controller: name }, concurrency);
    metrics.activeWorkers.set({ controller: name }, 0);
    metrics.reconcileErrors.inc({ controller: name }, 0);
    for (const result of ["success", "requeue_after", "error"]) {
      metrics.reconciles.inc({ controller: name, result }, 0);
    }
  }

  /** How long the oldest reconcile under way has taken, in milliseconds: what grows without end is stuck. */
  get longestRunningMs(): number {
    return Math.max(0, ...this.#queue.runningMs());
  }

  /** Waits until the sources are in sync, then begins to reconcile; resolves at that moment. */
  async start(): Promise<void> {
    await this.synced;
    this.#queue.start((key) => this.#reconcile(key));
  }

  /** Begins no more reconciles and waits for those in hand; after `graceMs` milliseconds their signal aborts and they are left. Default: 10 s. */
  async stop(graceMs = 10_000): Promise<void> {
    const drained = this.#queue.close();
    const waited = new AbortController();
    await Promise.race([drained, sleep(this.#options.clock, graceMs, waited.signal)]);
    waited.abort();
    this.#abort.abort(new Error("the controller stopped"));
  }

  async #reconcile(key: Key): Promise<void> {
    const { name, metrics, reconcile, clock } = this.#options;
    const log = this.#options.log.child({ controller: name, ...key, reconcileID: randomUUID() });
    const labels = { controller: name };
    const startedAt = clock.now();
    metrics.activeWorkers.inc(labels);
    let result: string;
    try {
      const outcome = await reconcile(key, { signal: this.#abort.signal, log });
      const { requeueAfterMs } = outcome;
      result = requeueAfterMs === undefined ? "success" : "requeue_after";
      this.#queue.forget(key);
      if (requeueAfterMs !== undefined) this.#queue.addAfter(key, requeueAfterMs);
      log.debug("reconciled", { ms: Math.round(clock.now() - startedAt), ...outcome });
    } catch (error) {
      result = "error";
      this.#failed(key, error, log);
    }
    metrics.activeWorkers.dec(labels);
    metrics.reconciles.inc({ ...labels, result });
    metrics.reconcileSeconds.observe(labels, (clock.now() - startedAt) / 1000);
  }

  #failed(key: Key, error: unknown, log: Logger): void {
    const { metrics, name } = this.#options;
    if (this.#abort.signal.aborted) {
      log.info("the reconcile was given up, as the controller stopped", { error: errorMessage(error) });
      return;
    }
    metrics.reconcileErrors.inc({ controller: name });
    const retryInMs = this.#queue.retry(key, retryAfterMs(error));
    log.error("the reconcile failed", { error, retryInMs: Math.round(retryInMs) });
  }
}
