import { kinds, type Right, type Row } from "../operator/kinds.ts";

const whatItMayDo = {
  ClusterRole: "What the operator may do, and nothing else.",
  Role: "What the operator may do in a namespace that it looks after: the same as its ClusterRole lets it do in all.",
};

/** The operator's role, for all namespaces or for one, with a rule for each right in the table of kinds. */
export function roleFile(kind: keyof typeof whatItMayDo): string {
  const rows = Object.values(kinds).flatMap((ofOneRole) => Object.values<Row>(ofOneRole));
  return `# ${whatItMayDo[kind]}
# Made from operator/kinds.ts by \`npm run generate\`. Do not edit.
apiVersion: rbac.authorization.k8s.io/v1
kind: ${kind}
metadata:
  name: hitcounter-operator
rules:
${rows.map(rulesOf).join("")}`;
}

function rulesOf({ apiVersion, plural, subresources = {}, ...row }: Row): string {
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : '""';
  const rule = (resource: string, { verbs, why }: Right) => `  # ${why}
  - apiGroups: [${group}]
    resources: [${resource}]
    verbs: [${verbs.join(", ")}]
`;
  const parts = Object.entries(subresources).map(([name, right]) => rule(`${plural}/${name}`, right));
  return [rule(plural, row), ...parts].join("");
}
