import type { V1Pod } from "@kubernetes/client-node";
import type { HitCounter } from "./api/hitCounter.ts";
import { acceptedLossOf, MANAGED_BY_SELECTOR } from "./desired/names.ts";
import { childKinds, hitCounters, pods, volumeClaims } from "./reconcile/kinds.ts";
import { isReady } from "./reconcile/observe.ts";
import { startFailure } from "./reconcile/startFailure.ts";
import { type Key, keyOf, keyString } from "./runtime/key.ts";
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
    mapped(hitCounterWatcher, changedSpec),
    ...Object.values(children).map((watcher) => ownerOf<KubeObject>(watcher, hitCounters)),
    mapped(podWatcher, (pod, previous, type) =>
      type === "deleted" || !saysTheSame(pod, previous) ? instanceOf(pod) : [],
    ),
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

/**
 * A change of nothing but the status is the operator's own doing: looking at it would only make the next one. Of the
 * annotations one counts, by which a person accepts a loss.
 */
function changedSpec(object: HitCounter, previous?: HitCounter) {
  const { generation, uid, deletionTimestamp, resourceVersion } = object.metadata;
  const onlyStatus =
    previous !== undefined &&
    previous.metadata.resourceVersion !== resourceVersion &&
    previous.metadata.generation === generation &&
    previous.metadata.uid === uid &&
    previous.metadata.deletionTimestamp === deletionTimestamp &&
    acceptedLossOf(previous) === acceptedLossOf(object);
  return onlyStatus ? [] : [keyOf(object)];
}

/** What a child makes bears the name of the HitCounter in a label. */
function instanceOf({ metadata }: KubeObject): Key[] {
  const name = metadata?.labels?.["app.kubernetes.io/instance"];
  return name === undefined ? [] : [{ namespace: metadata?.namespace ?? "", name }];
}

/** Whether a pod starts and serves, or does not, as it did before. */
function saysTheSame(pod: V1Pod, previous: V1Pod = {}): boolean {
  const failureOf = (each: V1Pod) => startFailure([each])?.message;
  return isReady(pod) === isReady(previous) && failureOf(pod) === failureOf(previous);
}

/** What of a pod tells whether it starts and serves: the rest is most of its size. */
function onlyStartsAndServes({ metadata = {}, status }: V1Pod): V1Pod {
  const { name, namespace, uid, resourceVersion, labels, deletionTimestamp } = metadata;
  const containerStatuses = status?.containerStatuses ?? [];
  const conditions = (status?.conditions ?? []).filter(({ type }) => type === "Ready");
  return {
    metadata: {
      ...(name !== undefined && { name }),
      ...(namespace !== undefined && { namespace }),
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(labels && { labels }),
      ...(deletionTimestamp && { deletionTimestamp }),
    },
    status: { containerStatuses, conditions },
  };
}
