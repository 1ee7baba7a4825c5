import { stringify } from "yaml";
import { operatorWalls } from "../operator/desired/networkPolicies.ts";

/** The NetworkPolicy of the operator's own pods. */
export const operatorNetworkPolicy = (): string =>
  `# Who reaches the operator's pods, and whom they reach: docs/reference/network.md.
# Made from operator/desired/reach.ts by \`npm run generate\`. Do not edit.
${stringify(
  {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "hitcounter-operator", namespace: "hitcounter-system" },
    spec: operatorWalls(),
  },
  { lineWidth: 0, aliasDuplicateObjects: false },
)}`;
