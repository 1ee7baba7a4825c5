import type { V1Deployment, V1Pod, V1Service, V1StatefulSet } from "@kubernetes/client-node";
import type { HitCounter } from "../api/hitCounter.ts";
import { VERSION_LABEL } from "../desired/counterDeployment.ts";
import { type Component, childName, proxyServiceName, selectorLabels } from "../desired/names.ts";
import { keyString } from "../runtime/key.ts";
import { isTrue } from "../runtime/objects.ts";
import type { ProbeResult } from "./probe.ts";
import { type StartFailure, startFailure } from "./startFailure.ts";
import type { World } from "./world.ts";

/** How far a Deployment or StatefulSet has come. */
export interface Rollout {
  wanted: number;
  /** Pods of the newest template. */
  updated: number;
  /**
   * Pods that serve, of any template. Not more than are ready: of pods that are gone one hears sooner than of what
   * their workload then says of itself.
   */
  available: number;
  /** Pods there are, of any template. */
  total: number;
  ready: number;
  /** Every pod is of the newest template, serves, and none is left over. */
  complete: boolean;
  /** The Deployment has given up waiting for its pods. */
  stuck: boolean;
  /** Why a pod of the newest template plainly cannot start. */
  trouble: StartFailure | undefined;
}

/** What there is of a HitCounter. */
export interface Observed {
  counter: Rollout;
  redis: Rollout;
  proxy: Rollout;
  /** Version of the counter Deployment's template. */
  counterVersion: string | undefined;
  proxyService: V1Service | undefined;
}

/** Looks at what there is of a HitCounter; nothing is asked of anyone. */
export function observe({ children, pods }: World, hitCounter: HitCounter): Observed {
  const { Deployment, StatefulSet, Service } = children;
  const { namespace } = hitCounter.metadata;
  const key = (component: Component) => ({ namespace, name: childName(hitCounter, component) });
  const ofAll = pods.byIndex(keyString(hitCounter.metadata));
  const podsOf = (component: Component) =>
    ofAll.filter((pod) => hasLabels(pod, selectorLabels(hitCounter, component)));

  const counterDeployment = Deployment.get(key("counter"));
  const counterVersion = counterDeployment?.spec?.template.metadata?.labels?.[VERSION_LABEL];
  const newest = counterVersion === undefined ? {} : { [VERSION_LABEL]: counterVersion };
  return {
    counter: rolloutOf(counterDeployment, podsOf("counter"), newest),
    redis: rolloutOf(StatefulSet.get(key("redis")), podsOf("redis")),
    proxy: rolloutOf(Deployment.get(key("proxy")), podsOf("proxy")),
    counterVersion,
    proxyService: Service.get({ namespace, name: proxyServiceName(hitCounter) }),
  };
}

/** Asks the proxy for the count where every part of the way to it is up; undefined where it was not asked. */
export async function askProxy(
  world: World,
  hitCounter: HitCounter,
  { counter, redis, proxy, proxyService }: Observed,
): Promise<ProbeResult | undefined> {
  const allUp = [counter, redis, proxy].every(({ available }) => available > 0);
  return allUp && proxyService ? await world.probe(hitCounter, proxyService) : undefined;
}

const hasLabels = ({ metadata }: V1Pod, labels: Record<string, string>) =>
  Object.entries(labels).every(([name, value]) => metadata?.labels?.[name] === value);

/** Whether a pod is fit to serve, as the kubelet says. */
export const isReady = ({ status }: V1Pod) => isTrue(status, "Ready");

/**
 * How far a workload has come. Its status counts for nothing while it is about an older generation. `newest` are the
 * labels of the pods of its newest template.
 */
export function rolloutOf(
  workload: V1Deployment | V1StatefulSet | undefined,
  pods: readonly V1Pod[] = [],
  newest: Record<string, string> = {},
): Rollout {
  const wanted = workload?.spec?.replicas ?? 0;
  const status = workload?.status ?? {};
  const total = status.replicas ?? 0;
  const updated = status.updatedReplicas ?? 0;
  const available = status.availableReplicas ?? 0;
  const current =
    workload !== undefined && (status.observedGeneration ?? 0) >= (workload.metadata?.generation ?? 0);
  const stuck = (status.conditions ?? []).some(
    ({ type, status, reason }) =>
      type === "Progressing" && status === "False" && reason === "ProgressDeadlineExceeded",
  );
  return {
    wanted,
    updated,
    available: Math.min(available, pods.filter(isReady).length),
    total,
    ready: status.readyReplicas ?? 0,
    complete: current && updated === wanted && available === wanted && total === wanted,
    stuck: current && stuck,
    trouble: startFailure(pods.filter((pod) => hasLabels(pod, newest))),
  };
}
