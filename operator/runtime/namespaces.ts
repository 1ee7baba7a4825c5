import type { Key } from "./key.ts";
import type { KubeObject, ResourceKind } from "./objects.ts";
import type { Store } from "./store.ts";
import { Watcher, type WatcherOptions } from "./watcher.ts";

/** A kind's objects, kept up to date: what a Watcher is for one namespace or all, and several are for some. */
export type Watched<T extends KubeObject> = Store<T> &
  Pick<Watcher<T>, "synced" | "isKnown" | "record" | "onChange" | "onKnown" | "run">;

/**
 * Watches a kind in these namespaces, or in all of them where none are named. Each namespace has a watch of its own,
 * so that a Role in each is all the right that is needed.
 */
export function watchNamespaces<T extends KubeObject>(
  kind: ResourceKind<T>,
  namespaces: readonly string[],
  options: Omit<WatcherOptions<T>, "namespace">,
): Watched<T> {
  if (namespaces.length === 0) return new Watcher(kind, options);
  const watchers = new Map(
    namespaces.map((namespace) => [namespace, new Watcher(kind, { ...options, namespace })]),
  );
  const all = [...watchers.values()];
  return {
    synced: Promise.all(all.map(({ synced }) => synced)).then(() => {}),
    get isKnown() {
      return all.some((watcher) => watcher.isKnown);
    },
    get: (key: Key) => watchers.get(key.namespace)?.get(key),
    list: () => all.flatMap((watcher) => watcher.list()),
    byIndex: (value) => all.flatMap((watcher) => watcher.byIndex(value)),
    record: (object) => watchers.get(object.metadata?.namespace ?? "")?.record(object) ?? object,
    onChange: (listener) => {
      for (const watcher of all) watcher.onChange(listener);
    },
    onKnown: (listener) => {
      for (const watcher of all) watcher.onKnown(listener);
    },
    run: async (signal) => {
      await Promise.all(all.map((watcher) => watcher.run(signal)));
    },
  };
}
