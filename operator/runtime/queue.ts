import { type Backoff, backoffMs, LONGEST_BACKOFF_MS } from "./backoff.ts";
import { type TimeAndChance, timeAndChance } from "./clock.ts";
import { type Key, keyString } from "./key.ts";
import type { Metrics } from "./metrics.ts";

export interface QueueOptions extends Partial<TimeAndChance> {
  /** The value of the metrics' labels `name` and `controller`. */
  readonly name: string;
  readonly metrics: Metrics;
  /** Keys worked on at once. Default: 10. */
  readonly concurrency?: number;
  /** Waits after work that fails, for each key. Default: from 50 ms to 15 s. */
  readonly backoff?: Backoff;
}

/**
 * Keys to be worked on. A key waits at most once and is worked on by one worker at a time; added meanwhile, it gets
 * another turn. After any `add` or `addAfter`, work on the key begins at least once more, unless it is removed or the queue
 * is closed.
 */
export class WorkQueue {
  readonly #options: Required<QueueOptions>;
  readonly #labels: { name: string; controller: string };
  /** In the order they were added, and when that was. What is worked on already waits for the end of that. */
  readonly #ready = new Map<string, { readonly key: Key; readonly since: number }>();
  /** Since when they are worked on. */
  readonly #active = new Map<string, number>();
  readonly #delayed = new Map<string, { dueAt: number; cancel: () => void }>();
  readonly #failures = new Map<string, number>();
  #work: ((key: Key) => Promise<void>) | undefined;
  #closed = false;
  #drained = Promise.withResolvers<void>();

  constructor(options: QueueOptions) {
    this.#options = {
      concurrency: 10,
      backoff: { baseMs: 50, capMs: LONGEST_BACKOFF_MS },
      ...timeAndChance,
      ...options,
    };
    this.#labels = { name: options.name, controller: options.name };
    options.metrics.observeQueue(options.name, () => ({
      depth: [...this.#ready.keys()].filter((id) => !this.#active.has(id)).length,
      runningMs: this.runningMs(),
    }));
  }

  /** Puts a key in the queue, to be worked on as soon as a worker is free. */
  add(key: Key): void {
    const id = keyString(key);
    if (this.#closed || this.#ready.has(id)) return;
    this.#options.metrics.queueAdds.inc(this.#labels);
    this.#ready.set(id, { key, since: this.#options.clock.now() });
    this.#startReady();
  }

  /**
   * Adds the key after so many milliseconds. The earliest wish wins; work that begins before fulfils it, since whoever
   * works on a key decides anew when to look again.
   */
  addAfter(key: Key, ms: number): void {
    const { clock } = this.#options;
    const id = keyString(key);
    const dueAt = clock.now() + ms;
    const wished = this.#delayed.get(id);
    if (this.#closed || (wished !== undefined && wished.dueAt <= dueAt)) return;
    wished?.cancel();
    const cancel = clock.after(ms, () => {
      this.#delayed.delete(id);
      this.add(key);
    });
    this.#delayed.set(id, { dueAt, cancel });
  }

  /** Adds the key again after its work failed, but not before `leastMs`; returns how long that will be, in milliseconds. */
  retry(key: Key, leastMs = 0): number {
    const { backoff, random, metrics } = this.#options;
    const failures = (this.#failures.get(keyString(key)) ?? 0) + 1;
    this.#failures.set(keyString(key), failures);
    metrics.queueRetries.inc(this.#labels);
    const ms = Math.max(leastMs, backoffMs(failures, backoff, random));
    this.addAfter(key, ms);
    return ms;
  }

  /** Ends a row of failures: the key's next one counts as its first. */
  forget(key: Key): void {
    this.#failures.delete(keyString(key));
  }

  /** Undoes whatever was wished for a key, and forgets its failures; work under way goes on. */
  remove(key: Key): void {
    const id = keyString(key);
    this.#delayed.get(id)?.cancel();
    for (const keys of [this.#delayed, this.#ready, this.#failures]) keys.delete(id);
  }

  /** Begins to work on what is and will be in the queue. Work that rejects is retried. */
  start(work: (key: Key) => Promise<void>): void {
    this.#work = work;
    this.#startReady();
  }

  /** Begins no more work and forgets what waits; resolves when the work under way has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { cancel } of this.#delayed.values()) cancel();
    for (const keys of [this.#delayed, this.#ready, this.#failures]) keys.clear();
    if (this.#active.size > 0) await this.#drained.promise;
  }

  /** How many keys it remembers for whatever reason. */
  get size(): number {
    const remembered = [this.#ready, this.#active, this.#delayed, this.#failures];
    return new Set(remembered.flatMap((keys) => [...keys.keys()])).size;
  }

  /** How long each key under way has been so, in milliseconds. */
  runningMs(): number[] {
    const now = this.#options.clock.now();
    return [...this.#active.values()].map((startedAt) => now - startedAt);
  }

  #startReady(): void {
    for (const [id, { key, since }] of this.#ready) {
      if (this.#work === undefined || this.#active.size >= this.#options.concurrency) return;
      if (this.#active.has(id)) continue;
      this.#ready.delete(id);
      void this.#run(id, key, since, this.#work);
    }
  }

  async #run(id: string, key: Key, since: number, work: (key: Key) => Promise<void>): Promise<void> {
    const { clock, metrics } = this.#options;
    const startedAt = clock.now();
    this.#active.set(id, startedAt);
    this.#delayed.get(id)?.cancel();
    this.#delayed.delete(id);
    metrics.queueSeconds.observe(this.#labels, (startedAt - since) / 1000);
    try {
      await work(key);
    } catch {
      this.retry(key);
    }
    metrics.workSeconds.observe(this.#labels, (clock.now() - startedAt) / 1000);
    this.#active.delete(id);
    if (this.#closed && this.#active.size === 0) this.#drained.resolve();
    this.#startReady();
  }
}
