import { isDeepStrictEqual } from "node:util";
import { inTime, type TimeAndChance, timeAndChance } from "./clock.ts";
import { type Key, keyString } from "./key.ts";
import { type QueueOptions, WorkQueue } from "./queue.ts";
import type { Source } from "./sources.ts";

/** Who is asked about a subject of type S, how often, and what its answers of type V mean; times in milliseconds. */
export interface PollerOptions<S, V> extends Omit<QueueOptions, "backoff"> {
  readonly ask: (subject: S, signal: AbortSignal) => Promise<V>;
  /** What the answer is where `ask` threw, or took longer than `timeoutMs`. */
  readonly failed: (error: unknown, subject: S) => V;
  readonly timeoutMs: number;
  /** Steady answers are asked for so often, or up to a tenth sooner. */
  readonly intervalMs: number;
  /** Good answers that are not steady yet are asked for so often, and bad ones with a backoff from here to `badIntervalMs`. */
  readonly eagerMs: number;
  /** Default: `intervalMs`. */
  readonly badIntervalMs?: number;
  readonly isGood: (value: V) => boolean;
  /** Answers are steady once they were good for so long, each of them. */
  readonly steadyMs: number;
}

export interface Answer<V> {
  readonly value: V;
  /** At least two answers in a row were good, over at least `steadyMs`. */
  readonly steady: boolean;
  /** On which occasion it was asked for. */
  readonly occasion: string | undefined;
}

interface Followed<S, V> {
  readonly subject: S;
  occasion: string | undefined;
  /** The ask under way, or the last one. */
  ask?: AbortController;
  answer?: Answer<V>;
  goodSince?: number | undefined;
}

/**
 * Asks something about each key that is followed, again and again, and tells of the key when the answer is news, is the
 * first on an occasion, or begins or ceases to be steady. Who works on the key reads what answer there is, and waits for
 * none.
 */
export class Poller<S, V> implements Source {
  readonly synced = Promise.resolve();
  readonly #options: PollerOptions<S, V> & TimeAndChance;
  readonly #queue: WorkQueue;
  readonly #followed = new Map<string, Followed<S, V>>();
  readonly #listeners: ((key: Key) => void)[] = [];

  constructor(options: PollerOptions<S, V>) {
    this.#options = { ...timeAndChance, ...options };
    const backoff = { baseMs: options.eagerMs, capMs: options.badIntervalMs ?? options.intervalMs };
    this.#queue = new WorkQueue({ ...options, backoff });
  }

  onKey(enqueue: (key: Key) => void): void {
    this.#listeners.push(enqueue);
  }

  /**
   * Begins to ask about a key, or goes on. On another occasion than before it asks at once, though the answer there is
   * stays until then; about another subject too, and the old one's answer is dropped.
   */
  follow(key: Key, subject: S, occasion?: string): void {
    const followed = this.#followed.get(keyString(key));
    if (followed === undefined || !isDeepStrictEqual(followed.subject, subject)) {
      this.forget(key);
      this.#followed.set(keyString(key), { subject, occasion });
      this.#queue.add(key);
    } else if (followed.occasion !== occasion) {
      followed.occasion = occasion;
      this.#queue.forget(key);
      this.#queue.add(key);
    }
  }

  /** Asks about a key no more, gives up an ask under way, and drops the answer. */
  forget(key: Key): void {
    const followed = this.#followed.get(keyString(key));
    this.#followed.delete(keyString(key));
    this.#queue.remove(key);
    followed?.ask?.abort(new Error("nobody follows this any more"));
  }

  /** The latest answer about what is followed; undefined before the first. */
  answer(key: Key): Answer<V> | undefined {
    return this.#followed.get(keyString(key))?.answer;
  }

  /** Whether a key is followed of which there is no answer yet, or a good one that is not steady yet. */
  isUnsure(key: Key): boolean {
    const followed = this.#followed.get(keyString(key));
    if (followed?.answer === undefined) return followed !== undefined;
    return !followed.answer.steady && followed.goodSince !== undefined;
  }

  /** Begins to ask. */
  start(): void {
    this.#queue.start((key) => this.#ask(key));
  }

  /** Asks no more, gives up what is under way and forgets all keys. */
  async stop(): Promise<void> {
    const closed = this.#queue.close();
    for (const { ask } of this.#followed.values()) ask?.abort(new Error("the poller stopped"));
    this.#followed.clear();
    await closed;
  }

  /** How many keys it remembers for whatever reason. */
  get size(): number {
    return Math.max(this.#followed.size, this.#queue.size);
  }

  async #ask(key: Key): Promise<void> {
    const { ask, failed, timeoutMs, clock } = this.#options;
    const followed = this.#followed.get(keyString(key));
    if (followed === undefined) return;
    const { occasion } = followed;
    followed.ask = new AbortController();
    // An ask that does not heed its signal holds up no worker.
    const asking = (signal: AbortSignal) => Promise.race([ask(followed.subject, signal), aborted(signal)]);
    const value = await inTime(clock, timeoutMs, asking, followed.ask).catch((error) =>
      failed(error, followed.subject),
    );
    // Otherwise it is about what nobody asks for any more.
    if (this.#followed.get(keyString(key)) === followed) this.#take(key, followed, value, occasion);
  }

  #take(key: Key, followed: Followed<S, V>, value: V, occasion: string | undefined): void {
    const { clock, isGood, steadyMs, eagerMs, intervalMs, random } = this.#options;
    const now = clock.now();
    const before = followed.answer;
    const good = isGood(value);
    const steady = good && followed.goodSince !== undefined && now - followed.goodSince >= steadyMs;
    followed.goodSince = good ? (followed.goodSince ?? now) : undefined;
    followed.answer = { value, steady, occasion };
    if (good) {
      this.#queue.forget(key);
      // Not all at the same time, though all may have been followed at once.
      this.#queue.addAfter(key, steady ? intervalMs * (0.9 + 0.1 * random()) : eagerMs);
    } else {
      this.#queue.retry(key);
    }
    // Last, as who is told may follow something else at once.
    if (isDeepStrictEqual(before, followed.answer)) return;
    for (const enqueue of this.#listeners) enqueue(key);
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}
