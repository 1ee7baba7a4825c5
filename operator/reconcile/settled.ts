import type { HitCounter } from "../api/hitCounter.ts";
import { type Key, keyString } from "../runtime/key.ts";

/**
 * Remembers with which objects a HitCounter was as it should be. Objects in the caches never change but are replaced
 * by others, so while they are the very same ones there is nothing to build and nothing to compare. Forgotten at a
 * restart, after which each is compared once more.
 */
export class Settled {
  readonly #byHitCounter = new Map<string, { intent: string; objects: ReadonlySet<unknown> }>();

  /** Notes that with these objects nothing was left to do for this version of the counter. */
  note(hitCounter: HitCounter, version: string, objects: Iterable<unknown>): void {
    const intent = intentOf(hitCounter, version);
    this.#byHitCounter.set(keyString(hitCounter.metadata), { intent, objects: new Set(objects) });
  }

  /** Whether that was noted of just these objects, and nothing else is wanted since. */
  has(hitCounter: HitCounter, version: string, objects: readonly unknown[]): boolean {
    const noted = this.#byHitCounter.get(keyString(hitCounter.metadata));
    return (
      noted !== undefined &&
      noted.intent === intentOf(hitCounter, version) &&
      noted.objects.size === objects.length &&
      objects.every((object) => noted.objects.has(object))
    );
  }

  /** Forgets a HitCounter that is gone. */
  forget(hitCounter: Key): void {
    this.#byHitCounter.delete(keyString(hitCounter));
  }
}

/** All that a person can say of a HitCounter: spec, by its generation, labels and annotations; and the version to run. */
const intentOf = ({ metadata: { uid, generation, labels, annotations } }: HitCounter, version: string) =>
  JSON.stringify([uid, generation, labels, annotations, version]);
