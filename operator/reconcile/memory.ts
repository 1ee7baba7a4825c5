import type { HitCounter } from "../api/hitCounter.ts";
import { type Clock, type Difference, type Key, keyString } from "../runtime/index.ts";
import { Tries } from "./tries.ts";

/** What the API server's own admission made of a child otherwise than it was sent, and when (ms since 1970). */
export interface Admission {
  readonly altered: readonly Difference[];
  readonly at: number;
}

/** What the operator remembers of one HitCounter besides what the caches have. Losing it costs some requests, and no more. */
export interface Memory {
  readonly uid: string;
  /** The password that Redis and the counters have, whatever becomes of its Secret. */
  redisPassword?: string;
  /** With these objects nothing was left to do for this intent. Objects in the caches are replaced, never changed. */
  settled?: { readonly intent: string; readonly objects: ReadonlySet<unknown> };
  /** What admission makes of children otherwise than they were sent, by title. */
  readonly admission: Map<string, Admission>;
  /** Uids of children that were deleted, while the cache has them still. */
  deleted: ReadonlySet<string>;
  /** StatefulSets that were deleted to be made anew. */
  readonly remade: Set<string>;
  readonly tries: Tries;
  /** Something was told of it since this operator began. */
  hasTold?: boolean;
}

/** The memory of each HitCounter. */
export class Memories {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #byKey = new Map<string, Memory>();

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** What is remembered of this very HitCounter, and nothing of another that had its name. */
  of({ metadata }: HitCounter): Memory {
    const key = keyString(metadata);
    const known = this.#byKey.get(key);
    if (known?.uid === metadata.uid) return known;
    const tries = new Tries(this.#clock, this.#random);
    const fresh = {
      uid: metadata.uid,
      admission: new Map(),
      deleted: new Set<string>(),
      remade: new Set<string>(),
      tries,
    };
    this.#byKey.set(key, fresh);
    return fresh;
  }

  forget(key: Key): void {
    this.#byKey.delete(keyString(key));
  }

  get size(): number {
    return this.#byKey.size;
  }
}
