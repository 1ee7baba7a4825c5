import type {
  V1Affinity,
  V1PodSpec,
  V1Toleration,
  V1TopologySpreadConstraint,
} from "@kubernetes/client-node";
import type { HitCounter } from "../api/hitCounter.ts";
import type { PodSettings } from "../api/pod.ts";
import { type Component, labels, selectorLabels } from "./names.ts";

type Spread = Pick<V1TopologySpreadConstraint, "topologyKey" | "maxSkew" | "whenUnsatisfiable">;

/**
 * Spreads over nodes first and zones next, as a wish: a pod in a poor place is better than none. Anti-affinity would
 * add nothing to it, and would not tell two pods on a node from three.
 */
const EVENLY: readonly Spread[] = ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map(
  (topologyKey) => ({ topologyKey, maxSkew: 1, whenUnsatisfiable: "ScheduleAnyway" }),
);

const podOf = ({ spec }: HitCounter, component: Component): PodSettings => spec[component].pod ?? {};

/** Metadata of a component's pods: the user's and, where they could meet, the operator's own. */
export function podMetadata(
  hitCounter: HitCounter,
  component: Component,
  own: { labels?: Record<string, string>; annotations: Record<string, string> },
) {
  const pod = podOf(hitCounter, component);
  return {
    labels: { ...pod.labels, ...labels(hitCounter, component), ...own.labels },
    annotations: { ...pod.annotations, ...own.annotations },
  };
}

/** Where a component's pods run. */
export function placement(hitCounter: HitCounter, component: Component): Partial<V1PodSpec> {
  const pod = podOf(hitCounter, component);
  const { nodeSelector, tolerations, affinity, priorityClassName } = pod;
  const spreads = component === "redis" ? [] : (pod.topologySpreadConstraints ?? EVENLY);
  return {
    ...(nodeSelector && { nodeSelector }),
    ...(tolerations && { tolerations: tolerations as V1Toleration[] }),
    ...(affinity && { affinity: affinity as V1Affinity }),
    ...(priorityClassName && { priorityClassName }),
    ...(spreads.length > 0 && {
      topologySpreadConstraints: spreads.map((spread) => ({
        ...spread,
        labelSelector: { matchLabels: selectorLabels(hitCounter, component) },
        // While pods are replaced, the new ones are spread among themselves: the old ones will be gone.
        matchLabelKeys: ["pod-template-hash"],
      })),
    }),
  };
}
