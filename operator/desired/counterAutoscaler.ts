import type { V2HorizontalPodAutoscaler } from "@kubernetes/client-node";
import type { HitCounter } from "../api/hitCounter.ts";
import { child, childName } from "./names.ts";

/** What scales the counters with their load, where the spec wants that. */
export function counterAutoscaler(hitCounter: HitCounter): V2HorizontalPodAutoscaler | undefined {
  const { autoscaling } = hitCounter.spec.counter;
  if (!autoscaling) return undefined;
  const { minReplicas, maxReplicas } = autoscaling;
  const target = { type: "Utilization", averageUtilization: autoscaling.targetCPUUtilizationPercentage };
  return {
    ...child("autoscaling/v2", "HorizontalPodAutoscaler", hitCounter, "counter"),
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: childName(hitCounter, "counter") },
      minReplicas,
      maxReplicas,
      metrics: [{ type: "Resource", resource: { name: "cpu", target } }],
    },
  };
}
