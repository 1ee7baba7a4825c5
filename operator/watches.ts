import { MANAGED_BY_SELECTOR } from "./desired/names.ts";
import { type ChildKind, type ChildTypes, childKinds, hitCounters, pods, volumeClaims } from "./kinds.ts";
import { changeOfHitCounter, changeOfPod, instanceOf, onlyStartsAndServes } from "./reconcile/triggers.ts";
import {
  controllerOf,
  type KubeObject,
  keyString,
  mapped,
  ownerOf,
  type Source,
  type Watched,
  type WatcherOptions,
  watchNamespaces,
} from "./runtime/index.ts";

/** A StatefulSet gives its own revisions the labels of its pods, and this one, which no child has. */
const CHILDREN = `${MANAGED_BY_SELECTOR},!controller.kubernetes.io/hash`;

type Shared = Pick<WatcherOptions<KubeObject>, "client" | "log" | "metrics">;

/**
 * Watches HitCounters and their children, those of others left out by label, in these namespaces, or in all where
 * none are named.
 */
export function createWatches(shared: Shared, namespaces: readonly string[]) {
  const children = Object.fromEntries(
    Object.entries(childKinds).map(([name, kind]) => [
      name,
      watchNamespaces<KubeObject>(kind, namespaces, {
        ...shared,
        labelSelector: CHILDREN,
        optional: kind.optional ?? false,
        indexBy: (object) => controllerOf(object)?.uid,
      }),
    ]),
  ) as { [K in ChildKind]: Watched<ChildTypes[K]> };
  const hitCounterWatcher = watchNamespaces(hitCounters, namespaces, shared);
  const ofInstance = {
    ...shared,
    labelSelector: MANAGED_BY_SELECTOR,
    indexBy: (object: KubeObject) => instanceOf(object).map(keyString)[0],
  };
  const podWatcher = watchNamespaces(pods, namespaces, { ...ofInstance, transform: onlyStartsAndServes });
  const claimWatcher = watchNamespaces(volumeClaims, namespaces, ofInstance);
  const sources: Source[] = [
    mapped(hitCounterWatcher, changeOfHitCounter),
    ...Object.values(children).map((watcher) => ownerOf<KubeObject>(watcher, hitCounters)),
    mapped(podWatcher, changeOfPod),
    mapped(claimWatcher, instanceOf),
  ];
  const watchers = [hitCounterWatcher, ...Object.values(children), podWatcher, claimWatcher];
  return {
    hitCounters: hitCounterWatcher,
    children,
    pods: podWatcher,
    volumeClaims: claimWatcher,
    sources,
    /** Watches until the signal aborts. */
    run: async (signal: AbortSignal): Promise<void> => {
      await Promise.all(watchers.map((watcher) => watcher.run(signal)));
    },
  };
}
