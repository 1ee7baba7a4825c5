import type { V1PodDisruptionBudget } from "@kubernetes/client-node";
import type { HitCounter } from "../api/hitCounter.ts";
import { type Component, child, selectorLabels } from "./names.ts";
import { fewestCounters } from "./replicas.ts";

/** Lets one counter at a time be evicted, where there are always two or more. */
export const counterDisruptionBudget = (hitCounter: HitCounter) =>
  disruptionBudget(hitCounter, "counter", fewestCounters(hitCounter));

/** Lets one proxy at a time be evicted, where there are two or more. */
export const proxyDisruptionBudget = (hitCounter: HitCounter) =>
  disruptionBudget(hitCounter, "proxy", hitCounter.spec.proxy.replicas);

/**
 * Lets one of three copies of Redis at a time be evicted. One that is not ready may go only while the others are: it may be
 * about to get what one of those alone has besides it.
 */
export const redisDisruptionBudget = (hitCounter: HitCounter) =>
  disruptionBudget(hitCounter, "redis", hitCounter.spec.redis.replicas, "IfHealthyBudget");

/**
 * A single pod has no budget, as it is down while it moves whatever a budget says. None of counters and proxies ever
 * holds a drain up for good: one pod may always go, and one that is not ready is in nobody's way.
 */
function disruptionBudget(
  hitCounter: HitCounter,
  component: Component,
  fewest: number,
  unhealthyPodEvictionPolicy: "AlwaysAllow" | "IfHealthyBudget" = "AlwaysAllow",
): V1PodDisruptionBudget | undefined {
  if (fewest < 2) return undefined;
  return {
    ...child("policy/v1", "PodDisruptionBudget", hitCounter, component),
    spec: {
      maxUnavailable: 1,
      selector: { matchLabels: selectorLabels(hitCounter, component) },
      unhealthyPodEvictionPolicy,
    },
  };
}
