import { type Key, keyOf } from "./key.ts";
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
export interface Store<T extends KubeObject> {
  get(key: Key): T | undefined;
  /** All objects, or those of one namespace. */
  list(namespace?: string): T[];
}

/**
 * A kind's objects and how far, as a resourceVersion, the watch that fills it has come. Since resourceVersions only
 * grow, it can also take the answers to writes, which may arrive before or after the watch tells of them.
 */
export class ObjectStore<T extends KubeObject> implements Store<T> {
  /** The resourceVersion up to which every change is known; undefined before the first list. */
  position: string | undefined;
  readonly #namespaces = new Map<string, Map<string, T>>();

  get(key: Key): T | undefined {
    return this.#namespaces.get(key.namespace)?.get(key.name);
  }

  list(namespace?: string): T[] {
    const chosen =
      namespace === undefined ? [...this.#namespaces.values()] : [this.#namespaces.get(namespace)];
    return chosen.flatMap((objects) => (objects === undefined ? [] : [...objects.values()]));
  }

  /** Takes a whole list; every object in it or gone since the last one is a change, if only a "resync". */
  replace(items: readonly T[], resourceVersion: string): Change<T>[] {
    const changes = items.map((item) => this.#put(item)).filter((change) => change !== undefined);
    const listed = new Set(items.map((item) => `${item.metadata?.namespace}/${item.metadata?.name}`));
    for (const object of this.list()) {
      const isListed = listed.has(`${object.metadata?.namespace}/${object.metadata?.name}`);
      // What was written after the list was made is not in it, and yet not gone.
      if (!isListed && !isNewer(versionOf(object), resourceVersion)) {
        this.#remove(keyOf(object));
        changes.push({ type: "deleted", object, previous: object });
      }
    }
    this.position = resourceVersion;
    return changes;
  }

  /** Takes what the watch tells of an object that was added or modified. */
  update(object: T): Change<T> | undefined {
    this.advance(object);
    return this.#put(object, "modified");
  }

  /** Takes what the watch tells of an object that was deleted, or is no longer selected. */
  delete(object: T): Change<T> | undefined {
    this.advance(object);
    const key = keyOf(object);
    const previous = this.get(key);
    // It was made again, and a write's answer told so before this.
    if (previous === undefined || isNewer(versionOf(previous), versionOf(object))) {
      return undefined;
    }
    this.#remove(key);
    return { type: "deleted", object, previous };
  }

  /** Takes the answer to a write, unless the watch has told of it, or of its end, already. */
  record(object: T): void {
    if (isNewer(versionOf(object), this.position)) {
      this.#put(object);
    }
  }

  /** Notes that the watch has come as far as this object or bookmark. */
  advance(to: KubeObject): void {
    this.position = versionOf(to) ?? this.position;
  }

  #put(object: T, sameVersion: ChangeType = "resync"): Change<T> | undefined {
    const key = keyOf(object);
    const previous = this.get(key);
    if (previous !== undefined && isNewer(versionOf(previous), versionOf(object))) {
      return undefined;
    }
    const objects = this.#namespaces.get(key.namespace) ?? new Map<string, T>();
    this.#namespaces.set(key.namespace, objects.set(key.name, deepFreeze(object)));
    if (previous === undefined) {
      return { type: "added", object };
    }
    const type = versionOf(previous) === versionOf(object) ? sameVersion : "modified";
    return { type, object, previous };
  }

  #remove({ namespace, name }: Key): void {
    const objects = this.#namespaces.get(namespace);
    objects?.delete(name);
    if (objects?.size === 0) {
      this.#namespaces.delete(namespace);
    }
  }
}

function versionOf(object: KubeObject): string | undefined {
  return object.metadata?.resourceVersion;
}

// They are decimal numbers that may be too long for a double: the longer one is the larger.
function isNewer(version: string | undefined, than: string | undefined): boolean {
  if (version === undefined || than === undefined) {
    return version !== undefined;
  }
  return version.length === than.length ? version > than : version.length > than.length;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
