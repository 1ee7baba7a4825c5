import type { V1Pod } from "@kubernetes/client-node";
import type { HitCounter } from "../api/hitCounter.ts";
import { acceptedLossOf } from "../desired/names.ts";
import { type Key, keyOf } from "../runtime/key.ts";
import type { KubeObject } from "../runtime/objects.ts";
import type { ChangeType } from "../runtime/store.ts";
import { isReady } from "./observe.ts";
import { startFailure } from "./startFailure.ts";

// Which HitCounters to look at after a change of what is watched.

/**
 * The HitCounter itself, unless nothing but its status changed, which is the operator's own doing: looking at it would
 * only make the next change. Of the annotations one counts, by which a person accepts a loss.
 */
export function changeOfHitCounter(object: HitCounter, previous?: HitCounter): Key[] {
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

/** The HitCounter of what a child makes, which bears its name in a label. */
export function instanceOf({ metadata }: KubeObject): Key[] {
  const name = metadata?.labels?.["app.kubernetes.io/instance"];
  return name === undefined ? [] : [{ namespace: metadata?.namespace ?? "", name }];
}

/** The HitCounter of a pod that starts and serves, or does not, otherwise than before, or that is gone. */
export function changeOfPod(pod: V1Pod, previous: V1Pod | undefined, type: ChangeType): Key[] {
  return type === "deleted" || !saysTheSame(pod, previous) ? instanceOf(pod) : [];
}

/** Whether a pod starts and serves, or does not, as it did before. */
function saysTheSame(pod: V1Pod, previous: V1Pod = {}): boolean {
  const failureOf = (each: V1Pod) => startFailure([each])?.message;
  return isReady(pod) === isReady(previous) && failureOf(pod) === failureOf(previous);
}

/** What of a pod tells whether it starts and serves: the rest is most of its size. */
export function onlyStartsAndServes({ metadata = {}, status }: V1Pod): V1Pod {
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
