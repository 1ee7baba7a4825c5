import { type Key, keyOf } from "./key.ts";
import type { KubeObject, ResourceKind } from "./objects.ts";
import { controllerOf } from "./ownerReferences.ts";
import type { ChangeType } from "./store.ts";
import type { Watcher } from "./watcher.ts";

/** What a source needs of a watcher. */
type Watched<T extends KubeObject> = Pick<Watcher<T>, "synced" | "onChange">;

/** Tells a controller which keys to look at. */
export interface Source {
  /** Resolves when every object that exists has been told of. */
  readonly synced: Promise<void>;
  onKey(enqueue: (key: Key) => void): void;
}

/** The objects of a kind that, by their controller owner references, own the watched ones, or did before a change. */
export function ownerOf<T extends KubeObject>(watcher: Watched<T>, owner: ResourceKind): Source {
  return mapped(watcher, (object, previous) =>
    [object, previous].map((each) => ownerKey(each, owner)).filter((key) => key !== undefined),
  );
}

/** Every object of a watched kind, whenever the cluster begins or ceases to know another kind. */
export const allWhenKnown = <T extends KubeObject>(
  watcher: Pick<Watcher<T>, "list" | "synced">,
  other: Pick<Watcher<KubeObject>, "onKnown">,
): Source => ({
  synced: watcher.synced,
  onKey: (enqueue) => {
    other.onKnown(() => {
      for (const object of watcher.list()) enqueue(keyOf(object));
    });
  },
});

/** The keys a function makes of what happened to a watched object, and of what it was before. */
export function mapped<T extends KubeObject>(
  watcher: Watched<T>,
  keys: (object: T, previous: T | undefined, type: ChangeType) => Iterable<Key>,
): Source {
  return {
    synced: watcher.synced,
    onKey: (enqueue) => {
      watcher.onChange((object, type, previous) => {
        for (const key of keys(object, previous, type)) enqueue(key);
      });
    },
  };
}

function ownerKey(object: KubeObject | undefined, owner: ResourceKind): Key | undefined {
  const reference = controllerOf(object);
  if (reference?.kind !== owner.kind || groupOf(reference.apiVersion) !== groupOf(owner.apiVersion)) {
    return undefined;
  }
  return { namespace: owner.namespaced ? (object?.metadata?.namespace ?? "") : "", name: reference.name };
}

// Owners are the same whichever version of their API a reference was written with.
const groupOf = (apiVersion: string) => apiVersion.split("/").at(-2);
