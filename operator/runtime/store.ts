import { type Key, keyOf, keyString } from "./key.ts";
import type { KubeObject } from "./objects.ts";

/** "resync": the object did not change, but it is time to look at it again. */
export type ChangeType = "added" | "modified" | "deleted" | "resync";

/** What happened to an object: how it is now (for a deleted one, how it was last) and what the store had before. */
export interface Change<T extends KubeObject> {
  readonly type: ChangeType;
  readonly object: T;
  readonly previous?: T;
}

/** Objects as the watch last told of them: frozen through and through. */
export type Store<T extends KubeObject> = Pick<ObjectStore<T>, "get" | "list" | "byIndex">;

/** Under which values, if any, a store's index has an object. */
export type IndexBy<T extends KubeObject> = (object: T) => string | undefined;

/**
 * A kind's objects and how far, as a resourceVersion, the watch that fills it has come. Since resourceVersions only
 * grow, it can also take the answers to writes, which may arrive before or after the watch tells of them.
 */
export class ObjectStore<T extends KubeObject> {
  /** The resourceVersion up to which every change is known; undefined before the first list. */
  position: string | undefined;
  readonly #indexBy: IndexBy<T>;
  readonly #objects = new Map<string, T>();
  readonly #index = new Map<string, Map<string, T>>();

  constructor(indexBy: IndexBy<T> = () => undefined) {
    this.#indexBy = indexBy;
  }

  get(key: Key): T | undefined {
    return this.#objects.get(keyString(key));
  }

  list(): T[] {
    return [...this.#objects.values()];
  }

  /** The objects that the index has under this value. */
  byIndex(value: string): T[] {
    return [...(this.#index.get(value)?.values() ?? [])];
  }

  /** Takes a whole list; every object in it or gone since the last one is a change, if only a "resync". */
  replace(items: readonly T[], resourceVersion: string): Change<T>[] {
    const changes = items.map((item) => this.#put(item)).filter((change) => change !== undefined);
    const listed = new Set(items.map((item) => keyString(keyOf(item))));
    for (const object of this.list()) {
      // What was written after the list was made is not in it, and yet not gone.
      if (!listed.has(keyString(keyOf(object))) && !isNewer(versionOf(object), resourceVersion)) {
        changes.push(this.#remove(object));
      }
    }
    this.position = resourceVersion;
    return changes;
  }

  /** Lets go of everything, as the kind itself is gone. */
  clear(): Change<T>[] {
    return this.list().map((object) => this.#remove(object));
  }

  /**
   * Takes what the watch tells of an object that was added or modified. The echo of a write whose answer was recorded
   * is no news. A state before that is: somebody else's write, which the answer hid.
   */
  update(object: T): Change<T> | undefined {
    this.advance(object);
    const known = this.get(keyOf(object));
    if (known !== undefined && versionOf(known) === versionOf(object)) return undefined;
    return this.#put(object) ?? (known && { type: "modified", object: known });
  }

  /** Takes what the watch tells of an object that was deleted, or is no longer selected. */
  delete(object: T): Change<T> | undefined {
    this.advance(object);
    const previous = this.get(keyOf(object));
    // It was made again, and a write's answer told so before this.
    if (previous === undefined || isNewer(versionOf(previous), versionOf(object))) return undefined;
    return this.#remove(previous, object);
  }

  /** Takes the answer to a write, unless the watch has told of it, or of its end, already; returns it as the store has it. */
  record(object: T): T {
    const known = this.get(keyOf(object));
    if (known !== undefined && versionOf(known) === versionOf(object)) return known;
    if (isNewer(versionOf(object), this.position)) this.#put(object);
    return deepFreeze(object);
  }

  /** Notes that the watch has come as far as this object or bookmark. */
  advance(to: KubeObject): void {
    this.position = versionOf(to) ?? this.position;
  }

  #put(object: T): Change<T> | undefined {
    const key = keyOf(object);
    const previous = this.get(key);
    if (previous !== undefined && isNewer(versionOf(previous), versionOf(object))) return undefined;
    // The old one stays, as who has looked at it need not look again, and the new one is soon garbage.
    if (previous !== undefined && versionOf(previous) === versionOf(object)) {
      return { type: "resync", object: previous, previous };
    }
    this.#objects.set(keyString(key), deepFreeze(object));
    if (previous !== undefined) this.#leaveIndex(previous);
    this.#enterIndex(object);
    return previous === undefined ? { type: "added", object } : { type: "modified", object, previous };
  }

  #remove(previous: T, object = previous): Change<T> {
    this.#objects.delete(keyString(keyOf(previous)));
    this.#leaveIndex(previous);
    return { type: "deleted", object, previous };
  }

  #enterIndex(object: T): void {
    const value = this.#indexBy(object);
    if (value === undefined) return;
    const indexed = this.#index.get(value) ?? new Map<string, T>();
    this.#index.set(value, indexed.set(keyString(keyOf(object)), object));
  }

  #leaveIndex(object: T): void {
    const value = this.#indexBy(object);
    if (value === undefined) return;
    const indexed = this.#index.get(value);
    indexed?.delete(keyString(keyOf(object)));
    if (indexed?.size === 0) this.#index.delete(value);
  }
}

function versionOf(object: KubeObject): string | undefined {
  return object.metadata?.resourceVersion;
}

// They are decimal numbers that may be too long for a double: the longer one is the larger.
function isNewer(version: string | undefined, than: string | undefined): boolean {
  if (version === undefined || than === undefined) return version !== undefined;
  return version.length === than.length ? version > than : version.length > than.length;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
