import type { V1Deployment, V1Pod, V1StatefulSet } from "@kubernetes/client-node";
import { hasLabels, isTrue } from "../../runtime/index.ts";
import { type PodTrouble, podTrouble, timeOf } from "./podTrouble.ts";

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

/** The workload of a part, its pods, the labels of those of its newest template, and the name of their own container. */
export interface Part {
  readonly workload: V1Deployment | V1StatefulSet | undefined;
  readonly pods: readonly V1Pod[];
  readonly newest?: Readonly<Record<string, string>>;
  readonly container: string;
}

/** Whether a pod is fit to serve, as the kubelet says. */
export const isReady = ({ status }: V1Pod) => isTrue(status, "Ready");

/** How far a workload has come. Its status counts for nothing while it is about an older generation. */
export function rolloutOf({ workload, pods, newest = {}, container }: Part): Rollout {
  const wanted = workload?.spec?.replicas ?? 0;
  const status = workload?.status ?? {};
  const total = status.replicas ?? 0;
  const updated = status.updatedReplicas ?? 0;
  const available = status.availableReplicas ?? 0;
  const current =
    workload !== undefined && (status.observedGeneration ?? 0) >= (workload.metadata?.generation ?? 0);
  const conditionOf = (wantedType: string) =>
    (status.conditions ?? []).find(({ type }) => type === wantedType);
  const progressing = conditionOf("Progressing");
  const refused = conditionOf("ReplicaFailure");
  const ofNewest = pods.filter((pod) => hasLabels(pod, newest));
  return {
    wanted,
    updated,
    available: pods.filter((pod) => isReady(pod) && !pod.metadata?.deletionTimestamp).length,
    total,
    ready: status.readyReplicas ?? 0,
    complete: current && updated === wanted && available === wanted && total === wanted,
    stuck: current && progressing?.status === "False" && progressing.reason === "ProgressDeadlineExceeded",
    trouble: podTrouble(ofNewest, container),
    notMade: refused?.status === "True" ? refused.message : undefined,
    unreadySince: unreadySince(ofNewest),
  };
}

function unreadySince(pods: readonly V1Pod[]): number | undefined {
  const since = pods
    .filter((pod) => !isReady(pod) && !pod.metadata?.deletionTimestamp)
    .map((pod) => sinceWhen(pod, "PodScheduled"))
    .filter((time) => time !== undefined);
  return since.length > 0 ? Math.min(...since) : undefined;
}

/** Since when a condition of a pod has held, in milliseconds since 1970; undefined while it does not. */
export const sinceWhen = ({ status }: V1Pod, wantedType: string): number | undefined =>
  timeOf(
    status?.conditions?.find(({ type, status }) => type === wantedType && status === "True")
      ?.lastTransitionTime,
  );
