import { withDefaults } from "./api/defaults.ts";
import { MANAGED_BY, MANAGED_BY_SELECTOR } from "./desired/names.ts";
import { type ChildKind, type ChildTypes, childKinds, hitCounters, pods, volumeClaims } from "./kinds.ts";
import { onlyWhereItWorks } from "./reconcile/copies/keeperNodes.ts";
import { changeOfHitCounter, changeOfPod, instanceOf, onlyStartsAndServes } from "./reconcile/triggers.ts";
import {
  allWhenKnown,
  controllerOf,
  type KubeObject,
  keyString,
  mapped,
  ownerOf,
  type Source,
  type Watched,
  type WatcherOptions,
  watchNamespaces,
  withoutManagedFields,
} from "./runtime/index.ts";

/** A StatefulSet gives its own revisions the labels of its pods, and this one, which no child has. */
const CHILDREN = `${MANAGED_BY_SELECTOR},!controller.kubernetes.io/hash`;

type Shared = Pick<WatcherOptions<KubeObject>, "client" | "log" | "metrics">;

/**
 * Watches HitCounters and their children, those of others left out by label, in these namespaces, or in all where
 * none are named; and the operator's own pods, in its namespace if it has one.
 */
export function createWatches(shared: Shared, namespaces: readonly string[], operatorNamespace?: string) {
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
  const ofInstance = {
    ...shared,
    labelSelector: MANAGED_BY_SELECTOR,
    indexBy: (object: KubeObject) => instanceOf(object).map(keyString)[0],
  };
  const caches = {
    hitCounters: watchNamespaces(hitCounters, namespaces, {
      ...shared,
      transform: (hitCounter) => withDefaults(withoutManagedFields(hitCounter)),
    }),
    children,
    pods: watchNamespaces(pods, namespaces, { ...ofInstance, transform: onlyStartsAndServes }),
    volumeClaims: watchNamespaces(volumeClaims, namespaces, ofInstance),
    operatorPods:
      operatorNamespace === undefined
        ? undefined
        : watchNamespaces(pods, [operatorNamespace], {
            ...shared,
            labelSelector: `app.kubernetes.io/name=${MANAGED_BY}`,
            transform: onlyWhereItWorks,
          }),
  };
  const sources: Source[] = [
    mapped(caches.hitCounters, changeOfHitCounter),
    ...Object.values(children).map((watcher) => ownerOf<KubeObject>(watcher, hitCounters)),
    allWhenKnown(caches.hitCounters, children.ServiceMonitor),
    mapped(caches.pods, changeOfPod),
    mapped(caches.volumeClaims, instanceOf),
  ];
  const watchers = [
    caches.hitCounters,
    ...Object.values(children),
    caches.pods,
    caches.volumeClaims,
    ...(caches.operatorPods ? [caches.operatorPods] : []),
  ];
  return {
    caches,
    sources,
    /** Watches until the signal aborts. */
    run: (signal: AbortSignal) => Promise.all(watchers.map((watcher) => watcher.run(signal))),
  };
}
