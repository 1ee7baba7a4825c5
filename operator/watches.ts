import type { HitCounter } from "./api/hitCounter.ts";
import { MANAGED_BY_SELECTOR } from "./desired/names.ts";
import { childKinds, hitCounters } from "./reconcile/kinds.ts";
import { keyOf } from "./runtime/key.ts";
import { watchNamespaces } from "./runtime/namespaces.ts";
import type { KubeObject, ResourceKind } from "./runtime/objects.ts";
import { mapped, ownerOf, type Source } from "./runtime/sources.ts";
import type { WatcherOptions } from "./runtime/watcher.ts";

type Shared = Pick<WatcherOptions<KubeObject>, "client" | "log" | "metrics">;

/**
 * Watches HitCounters and their children, those of others left out by label, in these namespaces, or in all where
 * none are named.
 */
export function createWatches(shared: Shared, namespaces: readonly string[]) {
  const childWatcher = <T extends KubeObject>(kind: ResourceKind<T>) =>
    watchNamespaces<T>(kind, namespaces, { ...shared, labelSelector: MANAGED_BY_SELECTOR });
  const hitCounterWatcher = watchNamespaces<HitCounter>(hitCounters, namespaces, shared);
  const children = {
    ConfigMap: childWatcher(childKinds.ConfigMap),
    Deployment: childWatcher(childKinds.Deployment),
    HorizontalPodAutoscaler: childWatcher(childKinds.HorizontalPodAutoscaler),
    PodDisruptionBudget: childWatcher(childKinds.PodDisruptionBudget),
    Secret: childWatcher(childKinds.Secret),
    Service: childWatcher(childKinds.Service),
    StatefulSet: childWatcher(childKinds.StatefulSet),
  };
  const {
    ConfigMap,
    Deployment,
    HorizontalPodAutoscaler,
    PodDisruptionBudget,
    Secret,
    Service,
    StatefulSet,
  } = children;
  const sources: Source[] = [
    mapped(hitCounterWatcher, changedSpec),
    ownerOf(ConfigMap, hitCounters),
    ownerOf(Deployment, hitCounters),
    ownerOf(HorizontalPodAutoscaler, hitCounters),
    ownerOf(PodDisruptionBudget, hitCounters),
    ownerOf(Secret, hitCounters),
    ownerOf(Service, hitCounters),
    ownerOf(StatefulSet, hitCounters),
  ];
  const watchers = [hitCounterWatcher, ...Object.values(children)];
  return {
    hitCounters: hitCounterWatcher,
    children,
    sources,
    /** Watches until the signal aborts. */
    run: async (signal: AbortSignal): Promise<void> => {
      await Promise.all(watchers.map((watcher) => watcher.run(signal)));
    },
  };
}

/** A change of nothing but the status is the operator's own doing: looking at it would only make the next one. */
function changedSpec(object: HitCounter, previous?: HitCounter) {
  const { generation, uid, deletionTimestamp, resourceVersion } = object.metadata;
  const onlyStatus =
    previous !== undefined &&
    previous.metadata.resourceVersion !== resourceVersion &&
    previous.metadata.generation === generation &&
    previous.metadata.uid === uid &&
    previous.metadata.deletionTimestamp === deletionTimestamp;
  return onlyStatus ? [] : [keyOf(object)];
}
