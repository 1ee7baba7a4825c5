import { type Document, parseAllDocuments, stringify, visit } from "yaml";

// The parts of the Helm chart that are made from config/: what stands there once is not written again.

type Path = readonly (string | number)[];
/** The text of a file by its path from the top of the repository. */
export type Read = (path: string) => Promise<string>;

const NAMESPACE = value("$.Release.Namespace");
// One may look like a number.
const QUOTED_NAMESPACE = value("quote $.Release.Namespace");
const OPERATOR = value('include "hitcounter.operator" $');

/** What names of config/ become, so that several releases can live side by side. */
const names: Record<string, string> = {
  "hitcounter-system": QUOTED_NAMESPACE,
  "hitcounter-operator": OPERATOR,
  "hitcounter-operator-leader": `${OPERATOR}-leader`,
};
/** And those of what belongs to no namespace, which are the cluster's. */
const clusterNames: Record<string, string> = {
  "hitcounter-operator": `${NAMESPACE}:${OPERATOR}`,
  "hitcounter-editor": `${NAMESPACE}:${value('include "hitcounter.fullname" $')}-editor`,
  "hitcounter-viewer": `${NAMESPACE}:${value('include "hitcounter.fullname" $')}-viewer`,
};

const labels = block('include "hitcounter.labels" $');
const selectorLabels = block('include "hitcounter.selectorLabels" $');

/** The chart's description of itself, for this version of the product. */
export const chartFile = (version: string) =>
  `# Made from package.json by \`npm run generate\`. Do not edit.\n${stringify(
    {
      apiVersion: "v2",
      name: "hitcounter",
      description:
        "An operator that runs web hit counters and upgrades them without losing a request or a hit",
      type: "application",
      version,
      appVersion: version,
      // With what vendors add to it, such as 1.30.4-eks-a737599.
      kubeVersion: ">=1.30.0-0",
    },
    { lineWidth: 0 },
  )}`;

/** The templates that are made from config/, by their file's name. */
export const chartTemplates: Record<string, (read: Read) => Promise<string>> = {
  "deployment.yaml": async (read) => {
    const [deployment] = documents(await read("config/manager/deployment.yaml"));
    if (!deployment) throw new Error("config/manager/deployment.yaml is empty");
    const pod: Path = ["spec", "template", "spec"];
    const container: Path = [...pod, "containers", 0];
    const changes: [Path, unknown][] = [
      [["metadata", "labels"], labels],
      [["spec", "replicas"], value("int $.Values.replicas")],
      [["spec", "selector", "matchLabels"], selectorLabels],
      [["spec", "template", "metadata", "labels"], selectorLabels],
      [[...pod, "topologySpreadConstraints", 0, "labelSelector", "matchLabels"], selectorLabels],
      [[...pod, "imagePullSecrets"], block("toYaml $.Values.images.pullSecrets")],
      [[...container, "image"], value('include "hitcounter.operatorImage" $')],
      [[...container, "imagePullPolicy"], value("$.Values.images.pullPolicy")],
      [[...container, "env"], block('include "hitcounter.operatorEnvironment" $')],
      [[...container, "resources"], block("toYaml $.Values.resources")],
    ];
    for (const [path, to] of changes) set(deployment, path, to);
    return made(template([deployment]));
  },
  "disruption_budget.yaml": async (read) => {
    const [budget] = await objectsOf(read, "config/manager", "disruption_budget");
    if (!budget) throw new Error("config/manager/disruption_budget.yaml is empty");
    set(budget, ["spec", "selector", "matchLabels"], selectorLabels);
    return made(template([budget]));
  },
  "network_policy.yaml": async (read) => {
    const [policy] = await objectsOf(read, "config/manager", "network_policy");
    if (!policy) throw new Error("config/manager/network_policy.yaml is empty");
    set(policy, ["spec", "podSelector", "matchLabels"], selectorLabels);
    return made(where("networkPolicy", template([policy])));
  },
  "service_account.yaml": async (read) =>
    made(template(await objectsOf(read, "config/rbac", "service_account"))),
  "leader_role.yaml": async (read) => made(template(await objectsOf(read, "config/rbac", "leader_role"))),
  "user_roles.yaml": async (read) => {
    const roles = template(await objectsOf(read, "config/rbac", "user_roles"));
    return made(`{{- if not $.Values.watchNamespaces }}\n${roles}{{- end }}\n`);
  },
  "pod_monitor.yaml": async (read) => {
    const [monitor] = await objectsOf(read, "config/monitoring", "pod_monitor");
    if (!monitor) throw new Error("config/monitoring/pod_monitor.yaml is empty");
    set(monitor, ["spec", "selector", "matchLabels"], selectorLabels);
    return made(where("monitoring", template([monitor])));
  },
  "prometheus_rule.yaml": async (read) => {
    const [rule] = await objectsOf(read, "config/monitoring", "prometheus_rule");
    if (!rule) throw new Error("config/monitoring/prometheus_rule.yaml is empty");
    // They hold templates of Prometheus, which Helm must not fill in.
    set(rule, ["spec"], block('$.Files.Get "files/alerts.yaml" | trim'));
    return made(where("monitoring", template([rule])));
  },
  "role.yaml": async (read) => {
    const everywhere = await objectsOf(read, "config/rbac", "role", "role_binding");
    const watched = await objectsOf(read, "config/namespaced/watched", "role", "role_binding");
    for (const each of watched) set(each, ["metadata", "namespace"], value("quote $namespace"));
    return made(`{{- if not $.Values.watchNamespaces }}
${template(everywhere)}{{- end }}
{{- range $namespace := $.Values.watchNamespaces }}
---
${template(watched)}{{- end }}
`);
  },
};

const made = (text: string) => `# Made from config/ by \`npm run generate\`. Do not edit.\n${text}`;

/** Of a release whose values enable it. */
const where = (value: "monitoring" | "networkPolicy", text: string) =>
  `{{- if $.Values.${value}.enabled }}\n${text}{{- end }}\n`;

/** What these files of a folder hold, with the chart's labels. */
async function objectsOf(read: Read, folder: string, ...files: string[]): Promise<Document[]> {
  const texts = await Promise.all(files.map((file) => read(`${folder}/${file}.yaml`)));
  const all = texts.flatMap(documents);
  for (const each of all) {
    const { metadata } = each.toJS() as { metadata: { labels?: object } };
    set(each, ["metadata", "labels"], { ...labels, ...metadata.labels });
  }
  return all;
}

/** Stands in a document for what Helm puts there. */
function value(expression: string): string {
  return `⟦${expression}⟧`;
}

/** Stands likewise for a whole mapping or list, which the expression gives as YAML. */
function block(expression: string): Record<string, null> {
  return { [`⟦⟦${expression}⟧⟧`]: null };
}

const documents = (text: string) => parseAllDocuments(text) as Document[];

function set(document: Document, path: Path, to: unknown): void {
  if (!document.hasIn(path.slice(0, -1))) throw new Error(`config/ has no ${path.join(".")} any more`);
  document.setIn(path, document.createNode(to));
}

/** Documents as the text of a template, comments and all. */
function template(all: readonly Document[]): string {
  for (const each of all) rename(each);
  return all
    .map((document) => document.toString({ lineWidth: 0, flowCollectionPadding: false, directives: false }))
    .join("---\n")
    .replaceAll(/^# Made from .*\n/gm, "")
    .replaceAll(
      /^( *)⟦⟦(.*)⟧⟧:(?: null)?$/gm,
      (_all, indent: string, expression: string) =>
        `${indent}{{- ${expression} | nindent ${indent.length} }}`,
    )
    .replaceAll(/⟦(.*?)⟧/g, "{{ $1 }}");
}

/** Gives an object, and all that it names, their names in the chart. */
function rename(document: Document): void {
  const { kind, roleRef } = document.toJS() as { kind: string; roleRef?: { kind: string } };
  const renameAt = (path: Path) => {
    const name = String(document.getIn(path));
    document.setIn(path, clusterNames[name] ?? name);
  };
  if (kind.startsWith("Cluster")) renameAt(["metadata", "name"]);
  if (roleRef?.kind === "ClusterRole") renameAt(["roleRef", "name"]);
  visit(document, {
    Scalar: (_key, node) => {
      node.value = names[String(node.value)] ?? node.value;
    },
  });
}
