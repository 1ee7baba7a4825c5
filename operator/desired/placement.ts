import type { V1Affinity, V1PodSpec, V1Toleration } from "@kubernetes/client-node";
import type { HitCounter } from "../api/hitCounter.ts";
import type { PodSettings } from "../api/pod.ts";
import { type Component, hasCopies, partOf, selectorLabels } from "./names.ts";

/**
 * Spreads over nodes as a wish: a pod in a poor place is better than none. A spread over zones must not stand beside
 * it: where nodes have no zones the scheduler then heeds neither. So zones are a matter of affinity, which counts for
 * nothing there.
 */
const OVER_NODES = [
  { topologyKey: "kubernetes.io/hostname", maxSkew: 1, whenUnsatisfiable: "ScheduleAnyway" },
];
const overZones = (matchLabels: Record<string, string>): V1Affinity => ({
  podAntiAffinity: {
    preferredDuringSchedulingIgnoredDuringExecution: [
      {
        weight: 100,
        podAffinityTerm: { topologyKey: "topology.kubernetes.io/zone", labelSelector: { matchLabels } },
      },
    ],
  },
});

/** Two copies on one node would be lost together: there is no wish that could change that. */
const onNodesOfTheirOwn = (
  matchLabels: Record<string, string>,
  users: V1Affinity | undefined,
): V1Affinity => {
  const { requiredDuringSchedulingIgnoredDuringExecution: required = [], ...wishes } =
    users?.podAntiAffinity ?? overZones(matchLabels).podAntiAffinity ?? {};
  const apart = { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels } };
  return {
    podAntiAffinity: { ...wishes, requiredDuringSchedulingIgnoredDuringExecution: [apart, ...required] },
  };
};

/**
 * What the node controller taints a node with when it is lost, and how long (s) pods that any node can run stay there
 * before others take their place; Kubernetes' own default is 300. Redis is left at that: nobody may take its volume up
 * before its node is known to be dead, so a shorter time would bring it back no sooner.
 */
const LOST_NODE = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];
const REPLACED_AFTER_SECONDS = 30;

/** Where a component's pods run. */
export function placement(hitCounter: HitCounter, component: Component): Partial<V1PodSpec> {
  const pod: PodSettings = hitCounter.spec[partOf(component)].pod ?? {};
  const { nodeSelector, priorityClassName } = pod;
  const tolerations = tolerationsOf(pod, component);
  const several = component === "counter" || component === "proxy";
  const spreads = several ? (pod.topologySpreadConstraints ?? OVER_NODES) : [];
  const matchLabels = selectorLabels(hitCounter, component);
  const users = pod.affinity as V1Affinity | undefined;
  const affinity: V1Affinity = {
    ...(several && pod.topologySpreadConstraints === undefined && overZones(matchLabels)),
    ...users,
    ...(component === "redis" && hasCopies(hitCounter) && onNodesOfTheirOwn(matchLabels, users)),
  };
  return {
    ...(nodeSelector && { nodeSelector }),
    ...(tolerations.length > 0 && { tolerations }),
    ...(Object.keys(affinity).length > 0 && { affinity }),
    ...(priorityClassName && { priorityClassName }),
    ...(spreads.length > 0 && {
      topologySpreadConstraints: spreads.map((spread) => ({
        ...spread,
        labelSelector: { matchLabels },
        // While pods are replaced, the new ones are spread among themselves: the old ones will be gone.
        matchLabelKeys: ["pod-template-hash"],
      })),
    }),
  };
}

/** The user's tolerations and, for taints that they say nothing of, the operator's. */
function tolerationsOf({ tolerations = [] }: PodSettings, component: Component): V1Toleration[] {
  const users = tolerations as V1Toleration[];
  if (component === "redis") return users;
  // As the API server does, which adds a default of its own where a pod says nothing of these two.
  const tolerates = (taint: string) => (toleration: V1Toleration) =>
    [taint, "", undefined].includes(toleration.key) &&
    ["NoExecute", "", undefined].includes(toleration.effect);
  const ours = LOST_NODE.filter((taint) => !users.some(tolerates(taint))).map((key) => ({
    key,
    operator: "Exists",
    effect: "NoExecute",
    tolerationSeconds: REPLACED_AFTER_SECONDS,
  }));
  return [...users, ...ours];
}
