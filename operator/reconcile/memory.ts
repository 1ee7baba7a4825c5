import { isDeepStrictEqual } from "node:util";
import type { HitCounter, HitCounterStatus } from "../api/hitCounter.ts";
import type { Passwords } from "../desired/passwords.ts";
import type { KeyPairs } from "../desired/proxyTls.ts";
import type { Salts } from "../desired/visitorsSecret.ts";
import { type Difference, type Key, keyString } from "../runtime/index.ts";
import { Tries } from "./tries.ts";

/** What the API server's own admission made of a child otherwise than it was sent, and when (ms since 1970). */
export interface Admission {
  readonly altered: readonly Difference[];
  readonly at: number;
}

/** What the operator remembers of one HitCounter besides what the caches have. Losing it costs some requests, and no more. */
export class Memory {
  readonly uid: string;
  /** The passwords that Redis and the counters have, whatever becomes of their Secret. */
  passwords?: Passwords;
  /** Those that are to stand in it next, which nobody has until they do. */
  nextPasswords?: Passwords;
  /** The salts of visitors that counters have, whatever becomes of their Secret; undefined where visitors are not counted. */
  salts: Salts | undefined;
  /** The certificates that proxies have, whatever becomes of their Secret; undefined where they serve no HTTPS. */
  keyPairs: KeyPairs | undefined;
  /** With these objects nothing was left to do for this intent. Objects in the caches are replaced, never changed. */
  settled?: { readonly intent: string; readonly objects: ReadonlySet<unknown> };
  /** What admission makes of children otherwise than they were sent, by title. */
  readonly admission = new Map<string, Admission>();
  /** Uids of children that were deleted, while the cache has them still. */
  deleted: ReadonlySet<string> = new Set();
  /** StatefulSets that were deleted to be made anew. */
  readonly remade = new Set<string>();
  readonly tries: Tries;
  /** The status that this operator told last, with its events: one whose answer was lost may be in the cache and not told. */
  told?: HitCounterStatus;

  constructor(uid: string, tries: Tries) {
    this.uid = uid;
    this.tries = tries;
  }

  /** The passwords that are known, by what stands in the Secret now. */
  passwordsBy(held: Passwords | undefined): Passwords | undefined {
    if (held && isDeepStrictEqual(held, this.nextPasswords)) this.passwords = held;
    return this.passwords;
  }
}

/** The memory of each HitCounter. */
export class Memories {
  readonly #newTries: () => Tries;
  readonly #byKey = new Map<string, Memory>();

  constructor(newTries = () => new Tries()) {
    this.#newTries = newTries;
  }

  /** What is remembered of this very HitCounter, and nothing of another that had its name. */
  of({ metadata }: HitCounter): Memory {
    const key = keyString(metadata);
    const known = this.#byKey.get(key);
    if (known?.uid === metadata.uid) return known;
    const fresh = new Memory(metadata.uid, this.#newTries());
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
