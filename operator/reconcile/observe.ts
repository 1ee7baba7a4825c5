import type { V1Deployment, V1Service, V1StatefulSet } from "@kubernetes/client-node";
import type { HitCounter } from "../api/hitCounter.ts";
import { VERSION_LABEL } from "../desired/counterDeployment.ts";
import { childName, proxyServiceName } from "../desired/names.ts";
import type { ProbeResult } from "./probe.ts";
import type { World } from "./world.ts";

/** How far a Deployment or StatefulSet has come. */
export interface Rollout {
  wanted: number;
  /** Pods of the newest template. */
  updated: number;
  /** Pods that serve, of any template. */
  available: number;
  /** Pods there are, of any template. */
  total: number;
  ready: number;
  /** Every pod is of the newest template, serves, and none is left over. */
  complete: boolean;
  /** The Deployment has given up waiting for its pods. */
  stuck: boolean;
}

/** What there is of a HitCounter. */
export interface Observed {
  counter: Rollout;
  redis: Rollout;
  proxy: Rollout;
  /** Version of the counter Deployment's template. */
  counterVersion: string | undefined;
  proxyService: V1Service | undefined;
  /** What the proxy said; undefined when it was not asked, as some part of the way there is not up. */
  probe: ProbeResult | undefined;
}

/** Looks at the children, and asks the proxy for the count where every part of the way to it is up. */
export async function observe(world: World, hitCounter: HitCounter): Promise<Observed> {
  const { Deployment, StatefulSet, Service } = world.children;
  const { namespace } = hitCounter.metadata;
  const counterDeployment = Deployment.get({ namespace, name: childName(hitCounter, "counter") });
  const parts = {
    counter: rolloutOf(counterDeployment),
    redis: rolloutOf(StatefulSet.get({ namespace, name: childName(hitCounter, "redis") })),
    proxy: rolloutOf(Deployment.get({ namespace, name: childName(hitCounter, "proxy") })),
  };
  const allUp = Object.values(parts).every((part) => part.available > 0);
  return {
    ...parts,
    counterVersion: counterDeployment?.spec?.template.metadata?.labels?.[VERSION_LABEL],
    proxyService: Service.get({ namespace, name: proxyServiceName(hitCounter) }),
    probe: allUp ? await world.probe(hitCounter) : undefined,
  };
}

/** How far a workload has come. Its status counts for nothing while it is about an older generation. */
export function rolloutOf(workload: V1Deployment | V1StatefulSet | undefined): Rollout {
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
    available,
    total,
    ready: status.readyReplicas ?? 0,
    complete: current && updated === wanted && available === wanted && total === wanted,
    stuck: current && stuck,
  };
}
