import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { V1Pod } from "@kubernetes/client-node";
import { parse, stringify } from "yaml";
import { TEST_CLUSTER } from "../../cluster/cluster.ts";
import { debianImage } from "../../cluster/images/debianImage.ts";
import { loadIntoNodes } from "../../cluster/kind.ts";
import { terminalProgress } from "../../cluster/progress.ts";
import type { Kubectl } from "./kubectl.ts";
import { testNodes } from "./nodeImages.ts";
import { workersOf } from "./nodes.ts";
import { prometheusRecipe } from "./prometheusImage.ts";
import { until } from "./until.ts";

const root = join(import.meta.dirname, "../..");
const NAME = "prometheus";
const PORT = 9090;

/** One series that a query finds, at this moment. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A real Prometheus in the test cluster. */
export interface Prometheus {
  query(expression: string): Promise<Sample[]>;
  /** Waits until a query finds so many series. */
  untilFound(expression: string, series: number): Promise<Sample[]>;
  /** Asks another path of its API. */
  get<T>(path: string, query?: Record<string, string>): Promise<T>;
  remove(): Promise<void>;
}

/** By annotations of Services, as the Prometheus chart's job of this name does it. */
const byAnnotations = {
  job_name: "kubernetes-service-endpoints",
  honor_labels: true,
  kubernetes_sd_configs: [{ role: "endpoints" }],
  relabel_configs: [
    {
      source_labels: ["__meta_kubernetes_service_annotation_prometheus_io_scrape"],
      action: "keep",
      regex: "true",
    },
    {
      source_labels: ["__meta_kubernetes_service_annotation_prometheus_io_path"],
      action: "replace",
      target_label: "__metrics_path__",
      regex: "(.+)",
    },
    {
      source_labels: ["__address__", "__meta_kubernetes_service_annotation_prometheus_io_port"],
      action: "replace",
      target_label: "__address__",
      regex: "(.+?)(?::\\d+)?;(\\d+)",
      replacement: "$1:$2",
    },
    { action: "labelmap", regex: "__meta_kubernetes_service_label_(.+)" },
    { source_labels: ["__meta_kubernetes_namespace"], action: "replace", target_label: "namespace" },
  ],
};

/** The sample's configuration, with less time between looks and a job more. */
async function configuration(): Promise<string> {
  const sample = parse(await readFile(join(root, "config/monitoring/prometheus.yaml"), "utf8"));
  return stringify({
    ...sample,
    global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
    scrape_configs: [...sample.scrape_configs, byAnnotations],
  });
}

/** Starts Prometheus as a pod that scrapes HitCounters and the operator by `config/monitoring/prometheus.yaml`. */
export async function startPrometheus(kubectl: Kubectl): Promise<Prometheus> {
  const { namespace, client } = kubectl;
  const [node = ""] = await workersOf(kubectl);
  const image = await loadInto(node);
  const role = `hitcounter-test-${NAME}`;
  await kubectl.apply({
    apiVersion: "v1",
    kind: "List",
    items: [
      { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: NAME } },
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRole",
        metadata: { name: role },
        rules: [
          {
            apiGroups: [""],
            resources: ["pods", "services", "endpoints"],
            verbs: ["get", "list", "watch"],
          },
        ],
      },
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRoleBinding",
        metadata: { name: role },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
        subjects: [{ kind: "ServiceAccount", name: NAME, namespace }],
      },
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: NAME },
        data: {
          "prometheus.yaml": await configuration(),
          "alerts.yaml": await readFile(join(root, "config/monitoring/alerts.yaml"), "utf8"),
        },
      },
      podOf(image, node),
    ],
  });
  await kubectl("wait", "--for=condition=Ready", `pod/${NAME}`, "--timeout=120s");
  const base = `/api/v1/namespaces/${namespace}/pods/${NAME}:${PORT}/proxy/api/v1`;
  const get = async <T>(path: string, query: Record<string, string> = {}) => {
    const { status, body } = await client.raw("GET", `${base}/${path}`, { query });
    if (status !== 200) throw new Error(`${path} ${JSON.stringify(query)}: ${status} ${body}`);
    return (JSON.parse(body) as { data: T }).data;
  };
  const query = async (expression: string) => {
    type Found = { metric: Record<string, string>; value: [number, string] };
    const { result } = await get<{ result: Found[] }>("query", { query: expression });
    return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  };
  return {
    get,
    query,
    untilFound: (expression, series) =>
      until(`${series} series of ${expression}`, async () => {
        const found = await query(expression);
        if (found.length !== series) throw new Error(`there are ${JSON.stringify(found)}`);
        return found;
      }),
    async remove() {
      await kubectl("delete", `pod/${NAME}`, "--now", "--ignore-not-found");
      await kubectl("delete", `clusterrolebinding/${role}`, `clusterrole/${role}`, "--ignore-not-found");
    },
  };
}

/** Gives one node the image, as it is large. */
async function loadInto(node: string): Promise<string> {
  const progress = terminalProgress();
  const { tag, archive } = await debianImage(prometheusRecipe);
  const { engine } = await testNodes();
  await loadIntoNodes(engine, TEST_CLUSTER, await archive(progress), progress, [node]);
  return tag;
}

const podOf = (image: string, nodeName: string): V1Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: NAME },
  spec: {
    nodeName,
    serviceAccountName: NAME,
    securityContext: { runAsNonRoot: true, runAsUser: 65_534, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        name: NAME,
        image,
        imagePullPolicy: "Never",
        args: ["--config.file=/etc/prometheus/prometheus.yaml", "--storage.tsdb.path=/prometheus/data"],
        ports: [{ containerPort: PORT }],
        readinessProbe: { httpGet: { path: "/-/ready", port: PORT }, periodSeconds: 1 },
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        volumeMounts: [{ name: "config", mountPath: "/etc/prometheus" }],
      },
    ],
    volumes: [{ name: "config", configMap: { name: NAME } }],
  },
});
