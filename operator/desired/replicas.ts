import type { HitCounter } from "../api/hitCounter.ts";
import type { Inputs } from "./inputs.ts";

/** Whether the counters are as many as an autoscaler says: a spec that wants none is not overruled. */
export const isAutoscaled = ({ spec }: HitCounter) =>
  spec.counter.autoscaling !== undefined && spec.counter.replicas > 0;

/** The fewest counters there may be, whatever the load. */
export const fewestCounters = (hitCounter: HitCounter): number => {
  const { replicas, autoscaling } = hitCounter.spec.counter;
  return autoscaling && isAutoscaled(hitCounter) ? autoscaling.minReplicas : replicas;
};

/**
 * How many counters the Deployment asks for; undefined leaves that to the autoscaler. An autoscaler does nothing for a
 * Deployment of 0 replicas, and a new one would have 1 until the autoscaler first looks, so both are given the fewest.
 */
export function counterReplicas({ hitCounter, counterReplicas }: Inputs): number | undefined {
  return isAutoscaled(hitCounter) && counterReplicas ? undefined : fewestCounters(hitCounter);
}
