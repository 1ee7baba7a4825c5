import type {
  V1NetworkPolicy,
  V1NetworkPolicyPeer,
  V1NetworkPolicyPort,
  V1NetworkPolicySpec,
} from "@kubernetes/client-node";
import type { HitCounter } from "../api/hitCounter.ts";
import type { Inputs } from "./inputs.ts";
import { type Component, child, MANAGED_BY, PRODUCT_LABELS, selectorLabels } from "./names.ts";
import { type End, type Guarded, REACHES, type Reach, reachesOf } from "./reach.ts";

/** Label of the namespaces whose pods may ask for metrics. */
export const METRICS_LABEL = { "hitcounter.dev/metrics": "true" };

/** Labels of the operator's pods, however it was installed. */
const OPERATOR_LABELS = { "app.kubernetes.io/name": MANAGED_BY };

/** What is at an end, as seen from where the policy is; no peers for whatever there may be, undefined for nothing. */
type PeersOf = (end: End) => V1NetworkPolicyPeer[] | undefined;

/** What the pods of a component may be reached by, and reach; undefined where spec wants no such walls. */
export function networkPolicy(inputs: Inputs, component: Component): V1NetworkPolicy | undefined {
  const { hitCounter, operatorNamespace, tls } = inputs;
  if (!hitCounter.spec.networkPolicy.enabled) return undefined;
  const peers = peersOfHitCounter(hitCounter, operatorNamespace);
  return {
    ...child("networking.k8s.io/v1", "NetworkPolicy", hitCounter, component),
    spec: walls(
      component,
      selectorLabels(hitCounter, component),
      reachesOf(hitCounter.spec, tls !== undefined),
      peers,
    ),
  };
}

/** The same of the operator's own pods, for whoever installs it: it reaches HitCounters in any namespace. */
export const operatorWalls = (): V1NetworkPolicySpec =>
  walls("operator", OPERATOR_LABELS, REACHES, (end) =>
    isNoPod(end)
      ? placeOf(end)
      : [
          {
            namespaceSelector: {},
            podSelector: { matchLabels: { ...PRODUCT_LABELS, "app.kubernetes.io/component": end } },
          },
        ],
  );

/**
 * The operator is let in from its own namespace alone, by the label that Kubernetes sets: in any other, whoever may make
 * pods could give one the operator's labels. One that runs outside the cluster has no pods to let in.
 */
const peersOfHitCounter =
  (hitCounter: HitCounter, operatorNamespace: string | undefined): PeersOf =>
  (end) => {
    if (isNoPod(end)) return placeOf(end);
    if (end !== "operator") return [{ podSelector: { matchLabels: selectorLabels(hitCounter, end) } }];
    if (operatorNamespace === undefined) return undefined;
    return [
      {
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": operatorNamespace } },
        podSelector: { matchLabels: OPERATOR_LABELS },
      },
    ];
  };

const isNoPod = (end: End): end is Exclude<End, Guarded> =>
  end === "metrics" || end === "anybody" || end === "dns" || end === "apiServer";

const placeOf = (end: Exclude<End, Guarded>): V1NetworkPolicyPeer[] =>
  end === "metrics" ? [{ namespaceSelector: { matchLabels: METRICS_LABEL } }] : [];

/** Walls around pods, with an opening for each row. */
function walls(
  guarded: Guarded,
  matchLabels: Record<string, string>,
  rows: readonly Reach[],
  peersOf: PeersOf,
): V1NetworkPolicySpec {
  const openings = (side: "from" | "to", other: "from" | "to") =>
    rows
      .filter((row) => row[side] === guarded)
      .flatMap((row) => {
        const peers = peersOf(row[other]);
        if (peers === undefined) return [];
        // `from`, as the API has it: what the client's type calls `_from` its own serializer would rename.
        return [{ ports: portsOf(row), ...(peers.length > 0 && { [other]: peers }) }];
      });
  return {
    podSelector: { matchLabels },
    policyTypes: ["Ingress", "Egress"],
    ingress: openings("to", "from"),
    egress: openings("from", "to"),
  };
}

const portsOf = ({ ports, protocols = ["TCP"] }: Reach): V1NetworkPolicyPort[] =>
  ports.flatMap((port) => protocols.map((protocol) => ({ port, protocol })));
