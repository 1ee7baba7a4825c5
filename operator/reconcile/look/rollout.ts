import type { V1Deployment, V1Pod, V1StatefulSet } from "@kubernetes/client-node";
import { REVISION_LABEL, VERSION_LABEL } from "../../desired/counterDeployment.ts";
import { conditionOf, hasLabels, isTrue } from "../../runtime/index.ts";
import { isStaying, type PodTrouble, podTrouble, timeOf } from "./podTrouble.ts";

/** How far a Deployment or StatefulSet has come. */
export interface Rollout {
  readonly wanted: number;
  /** Pods of the newest template. */
  readonly updated: number;
  /** Pods that serve, of any template: of those that are gone the pods tell sooner than their workload does. */
  readonly available: number;
  /** Pods there are, of any template. */
  readonly total: number;
  readonly ready: number;
  /** Every pod is of the newest template, serves, and none is left over. */
  readonly complete: boolean;
  /** The Deployment has given up waiting for its pods. */
  readonly stuck: boolean;
  /** Why a pod of the newest template does not start. */
  readonly trouble: PodTrouble | undefined;
  /** Why pods are not made, in the API server's words. */
  readonly notMade: string | undefined;
  /** Since when the first pod of the newest template that is not ready has had a node, in milliseconds since 1970. */
  readonly unreadySince: number | undefined;
}

/** The labels of a template that are others when it is: those of the counters. */
const OF_TEMPLATE: ReadonlySet<string> = new Set([VERSION_LABEL, REVISION_LABEL]);

/** Whether a pod is fit to serve, as the kubelet says. */
export const isReady = ({ status }: V1Pod) => isTrue(status, "Ready");

/**
 * How far a workload has come, by itself and its pods, whose own container has this name. Its status counts for nothing
 * while it is about an older generation.
 */
export function rolloutOf(
  workload: V1Deployment | V1StatefulSet | undefined,
  pods: readonly V1Pod[],
  container: string,
): Rollout {
  const { spec, metadata, status = {} } = workload ?? {};
  const { replicas: total = 0, updatedReplicas: updated = 0, availableReplicas: serving = 0 } = status;
  const wanted = spec?.replicas ?? 0;
  const isCurrent = workload !== undefined && (status.observedGeneration ?? 0) >= (metadata?.generation ?? 0);
  const { labels = {} } = spec?.template.metadata ?? {};
  const newest = Object.entries(labels).filter(([name]) => OF_TEMPLATE.has(name));
  const ofNewest = pods.filter((pod) => hasLabels(pod, Object.fromEntries(newest)));
  const unready = ofNewest.filter((pod) => !isReady(pod) && isStaying(pod));
  const placed = unready.map((pod) => sinceWhen(pod, "PodScheduled")).filter((time) => time !== undefined);
  const progressing = conditionOf(status, "Progressing");
  const isGivenUp = progressing?.status === "False" && progressing.reason === "ProgressDeadlineExceeded";
  return {
    wanted,
    updated,
    available: pods.filter((pod) => isReady(pod) && isStaying(pod)).length,
    total,
    ready: status.readyReplicas ?? 0,
    complete: isCurrent && updated === wanted && serving === wanted && total === wanted,
    stuck: isCurrent && isGivenUp,
    trouble: podTrouble(ofNewest, container),
    notMade: isTrue(status, "ReplicaFailure") ? conditionOf(status, "ReplicaFailure")?.message : undefined,
    unreadySince: placed.length > 0 ? Math.min(...placed) : undefined,
  };
}

/** Since when a condition of a pod has held, in milliseconds since 1970; undefined while it does not. */
export const sinceWhen = ({ status }: V1Pod, type: string): number | undefined =>
  isTrue(status, type) ? timeOf(conditionOf(status, type)?.lastTransitionTime) : undefined;
