import type { V1Service } from "@kubernetes/client-node";
import { counterPaths } from "../../counter/contract.ts";
import type { HitCounter } from "../api/hitCounter.ts";
import type { ServiceMonitor } from "../api/serviceMonitor.ts";
import type { Inputs } from "./inputs.ts";
import { type Component, child, selectorLabels } from "./names.ts";

/** Labels of a Service that its series get, by which alerts and dashboards tell HitCounters and their parts apart. */
const TARGET_LABELS = ["name", "instance", "component"].map((label) => `app.kubernetes.io/${label}`);

/** Has a Prometheus of prometheus-operator scrape what a component's Service leads to. */
export const serviceMonitor = (
  hitCounter: HitCounter,
  component: Component,
  port: "http" | "metrics" = "metrics",
): ServiceMonitor => ({
  ...child("monitoring.coreos.com/v1", "ServiceMonitor", hitCounter, component),
  spec: {
    jobLabel: "app.kubernetes.io/component",
    targetLabels: TARGET_LABELS,
    selector: { matchLabels: selectorLabels(hitCounter, component) },
    endpoints: [{ port, path: counterPaths.metrics }],
  },
});

/**
 * Has a Prometheus that goes by annotations scrape what a Service leads to, where the cluster knows no ServiceMonitors:
 * with both, it might be scraped twice.
 */
export function annotated(
  { hitCounter, knowsServiceMonitors }: Inputs,
  service: V1Service,
  port: number,
): V1Service {
  if (!hitCounter.spec.monitoring.enabled || knowsServiceMonitors) return service;
  const annotations = {
    ...service.metadata?.annotations,
    "prometheus.io/scrape": "true",
    "prometheus.io/port": `${port}`,
    "prometheus.io/path": counterPaths.metrics,
  };
  return { ...service, metadata: { ...service.metadata, annotations } };
}
