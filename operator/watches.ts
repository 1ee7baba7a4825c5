import type { HitCounter } from "./api/hitCounter.ts";
import { MANAGED_BY_SELECTOR } from "./desired/names.ts";
import { changeOfHitCounter, changeOfPod, instanceOf, onlyStartsAndServes } from "./reconcile/changes.ts";
import { childKinds, hitCounters, pods, volumeClaims } from "./reconcile/kinds.ts";
import { keyString } from "./runtime/key.ts";
import { watchNamespaces } from "./runtime/namespaces.ts";
import { controllerOf, type KubeObject, type ResourceKind } from "./runtime/objects.ts";
import { mapped, ownerOf, type Source } from "./runtime/sources.ts";
import type { WatcherOptions } from "./runtime/watcher.ts";

type Shared = Pick<WatcherOptions<KubeObject>, "client" | "log" | "metrics">;

/**
 * Watches HitCounters and their children, those of others left out by label, in these namespaces, or in all where
 * none are named.
 */
export function createWatches(shared: Shared, namespaces: readonly string[]) {
  const childWatcher = <T extends KubeObject>(kind: ResourceKind<T>) =>
    watchNamespaces<T>(kind, namespaces, {
      ...shared,
      labelSelector: MANAGED_BY_SELECTOR,
      indexBy: (object) => controllerOf(object)?.uid,
    });
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
  const podWatcher = watchNamespaces(pods, namespaces, {
    ...shared,
    labelSelector: MANAGED_BY_SELECTOR,
    transform: onlyStartsAndServes,
    indexBy: (pod) => instanceOf(pod).map(keyString)[0],
  });
  const claimWatcher = childWatcher(volumeClaims);
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
