import { isDeepStrictEqual } from "node:util";
import type { V1Pod } from "@kubernetes/client-node";
import type { HitCounter } from "../api/hitCounter.ts";
import { acceptedLossOf, rotationAskedFor } from "../desired/names.ts";
import { type ChangeType, type Key, type KubeObject, keyOf } from "../runtime/index.ts";
import { podTrouble } from "./look/podTrouble.ts";
import { isReady, sinceWhen } from "./look/rollout.ts";

// Which HitCounters to look at after a change of what is watched.

/**
 * The HitCounter itself, unless nothing but its status changed, which is the operator's own doing: looking at it would
 * only make the next change. Of the annotations two count: by which a person accepts a loss, and asks for another password.
 */
export function changeOfHitCounter(object: HitCounter, previous?: HitCounter): Key[] {
  const isWritten = object.metadata.resourceVersion !== previous?.metadata.resourceVersion;
  const isAsBefore = previous !== undefined && isDeepStrictEqual(wantedOf(object), wantedOf(previous));
  return isWritten && isAsBefore ? [] : [keyOf(object)];
}

const wantedOf = (hitCounter: HitCounter) => {
  const { generation, uid, deletionTimestamp } = hitCounter.metadata;
  return [generation, uid, deletionTimestamp, acceptedLossOf(hitCounter), rotationAskedFor(hitCounter)];
};

/** The HitCounter of what a child makes, which bears its name in a label. */
export function instanceOf({ metadata }: KubeObject): Key[] {
  const name = metadata?.labels?.["app.kubernetes.io/instance"];
  return name === undefined ? [] : [{ namespace: metadata?.namespace ?? "", name }];
}

/** The HitCounter of a pod that starts and serves, or does not, otherwise than before, or that is gone. */
export const changeOfPod = (pod: V1Pod, previous: V1Pod | undefined, type: ChangeType): Key[] =>
  type === "deleted" || saidOf(pod) !== saidOf(previous ?? {}) ? instanceOf(pod) : [];

/** Whether a pod has a node, starts and serves, or does not, and is to stay. */
const saidOf = (pod: V1Pod) => {
  const { deletionTimestamp } = pod.metadata ?? {};
  const trouble = podTrouble([pod], "")?.message;
  return JSON.stringify([isReady(pod), sinceWhen(pod, "PodScheduled"), trouble, deletionTimestamp]);
};

const METADATA = ["name", "namespace", "uid", "resourceVersion", "labels", "deletionTimestamp"] as const;
const STATUS = ["phase", "podIP", "reason", "message", "containerStatuses", "initContainerStatuses"] as const;

/** What of a pod tells whether it starts and serves, and where: the rest is most of its size. */
export const onlyStartsAndServes = ({ metadata = {}, status = {} }: V1Pod): V1Pod => ({
  metadata: picked(metadata, METADATA),
  status: {
    ...picked(status, STATUS),
    conditions: (status.conditions ?? []).filter(({ type }) => type === "Ready" || type === "PodScheduled"),
  },
});

const picked = <T extends object, K extends keyof T>(from: T, names: readonly K[]) =>
  Object.fromEntries(names.filter((name) => name in from).map((name) => [name, from[name]])) as Pick<T, K>;
