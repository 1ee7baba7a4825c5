import type { V1Pod } from "@kubernetes/client-node";
import type { HitCounter } from "../api/hitCounter.ts";
import { acceptedLossOf } from "../desired/names.ts";
import { type ChangeType, type Key, type KubeObject, keyOf } from "../runtime/index.ts";
import { podTrouble } from "./look/podTrouble.ts";
import { isReady, sinceWhen } from "./look/rollout.ts";

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

/** Whether a pod has a node, starts and serves, or does not, as before. */
function saysTheSame(pod: V1Pod, previous: V1Pod = {}): boolean {
  const said = (each: V1Pod) =>
    JSON.stringify([isReady(each), sinceWhen(each, "PodScheduled"), podTrouble([each], "")?.message]);
  return (
    said(pod) === said(previous) && pod.metadata?.deletionTimestamp === previous.metadata?.deletionTimestamp
  );
}

/** What of a pod tells whether it starts and serves: the rest is most of its size. */
export function onlyStartsAndServes({ metadata = {}, status = {} }: V1Pod): V1Pod {
  const { name, namespace, uid, resourceVersion, labels, deletionTimestamp } = metadata;
  const { phase, reason, message, containerStatuses, initContainerStatuses } = status;
  const conditions = status.conditions?.filter(({ type }) => type === "Ready" || type === "PodScheduled");
  return {
    metadata: withoutUndefined({ name, namespace, uid, resourceVersion, labels, deletionTimestamp }),
    status: withoutUndefined({
      phase,
      reason,
      message,
      conditions,
      containerStatuses,
      initContainerStatuses,
    }),
  };
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };
const withoutUndefined = <T extends object>(fields: T) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
