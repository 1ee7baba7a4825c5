import type { V1Pod } from "@kubernetes/client-node";
import { isStaying } from "../look/podTrouble.ts";
import { isReady } from "../look/rollout.ts";

/** What of a pod of the operator tells where it is, and whether it works. */
export const onlyWhereItWorks = ({ metadata = {}, spec, status }: V1Pod): V1Pod => {
  const { name, namespace, uid, resourceVersion, deletionTimestamp } = metadata;
  return {
    metadata: { name, namespace, uid, resourceVersion, deletionTimestamp } as V1Pod["metadata"] & object,
    spec: { nodeName: spec?.nodeName, containers: [] } as V1Pod["spec"] & object,
    status: { conditions: (status?.conditions ?? []).filter(({ type }) => type === "Ready") },
  };
};

/** The nodes on which these pods of the operator work, and so keep copies. */
export function keeperNodesOf(pods: readonly V1Pod[]): readonly string[] {
  const working = pods.filter((pod) => isReady(pod) && isStaying(pod));
  return [...new Set(working.flatMap(({ spec }) => spec?.nodeName ?? []))].sort();
}
