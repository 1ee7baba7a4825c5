import { Registry } from "prom-client";
import { createMetrics as createCounterMetrics } from "../../counter/metrics.ts";
import { createHitCounterMetrics } from "../../operator/metrics.ts";
import { createMetrics as createRuntimeMetrics } from "../../operator/runtime/metrics.ts";
import { code, page, table } from "./page.ts";

/** docs/reference/metrics.md: what the registries of the two programs hold. */
export async function metricsPage(): Promise<string> {
  return page(
    "Metrics",
    "the registries of the counter and the operator",
    "Beside these, both tell what prom-client tells of every Node.js program (`process_*`, `nodejs_*`). How Prometheus\n" +
      "finds them, and what the labels of the series are, stands in [monitor.md](../how-to/monitor.md).",
    "## Metrics of a counter",
    "At `/metrics` on port 8080 of each counter's pod; the proxy does not pass it on. `path` is one of the known paths,\n" +
      "`/p/*` for all pages, or `other`.",
    await metricsOf(counterRegistry()),
    "## Metrics of the operator",
    "At `/metrics` on port 8081 of each of its pods. Those that begin with `hitcounter_` tell of each HitCounter, by\n" +
      "`namespace` and `name`; the rest have the names that dashboards for controller-runtime expect.",
    await metricsOf(operatorRegistry()),
    "## Metrics of Redis and of the proxies",
    "Exporters ask for them where `spec.monitoring.enabled` is `true`. Of Redis, by\n" +
      "[redis_exporter](https://github.com/oliver006/redis_exporter), all that `INFO` tells: `redis_up`,\n" +
      "`redis_memory_used_bytes`, `redis_memory_max_bytes`, `redis_commands_processed_total`,\n" +
      "`redis_aof_last_write_status`, `redis_aof_current_size_bytes` and more. Of each proxy, by\n" +
      "[nginx-prometheus-exporter](https://github.com/nginx/nginx-prometheus-exporter): `nginx_up`,\n" +
      "`nginx_connections_active`, `nginx_connections_accepted`, `nginx_connections_handled`,\n" +
      "`nginx_http_requests_total`; with more than one proxy, the label `addr` says which.",
    "How full the volume is the kubelet tells, as `kubelet_volume_stats_used_bytes`, for kinds of volumes that it can\n" +
      "measure: those of a cloud's CSI driver, not folders of a node.",
  );
}

function counterRegistry(): Registry {
  return createCounterMetrics({
    version: "1.0.0",
    waiting: () => 0,
    longestWait: () => 0,
    redisReady: () => true,
    goneBack: () => false,
    processMetrics: false,
  }).registry;
}

function operatorRegistry(): Registry {
  const registry = new Registry();
  createHitCounterMetrics(registry, { list: () => [] });
  createRuntimeMetrics(registry);
  return registry;
}

async function metricsOf(registry: Registry): Promise<string> {
  const rows = (await registry.getMetricsAsJSON()).map(({ name, type, help }) => {
    const metric: object | undefined = registry.getSingleMetric(name);
    return [code(name), String(type), labelsOf(metric).map(code).join(", "), help];
  });
  return table(["Metric", "Type", "Labels", "Meaning"], rows);
}

/** The types of prom-client do not tell a metric's labels; each has them. */
const labelsOf = (metric: object | undefined): string[] =>
  metric && "labelNames" in metric && Array.isArray(metric.labelNames) ? metric.labelNames.map(String) : [];
