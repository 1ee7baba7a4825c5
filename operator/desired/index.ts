import { counterPort } from "../../counter/contract.ts";
import { backupCronJob } from "./backupCronJob.ts";
import { counterAutoscaler } from "./counterAutoscaler.ts";
import { counterDeployment } from "./counterDeployment.ts";
import { counterRevision } from "./counterRevision.ts";
import { counterSettingsOf, revisionOf } from "./counterSettings.ts";
import { counterDisruptionBudget, proxyDisruptionBudget, redisDisruptionBudget } from "./disruptionBudget.ts";
import { exporterService, nginxExporter, redisExporter } from "./exporters.ts";
import type { Inputs } from "./inputs.ts";
import { networkPolicy } from "./networkPolicies.ts";
import { proxyConfigMap } from "./proxyConfigMap.ts";
import { proxyDeployment } from "./proxyDeployment.ts";
import { proxyTlsSecret } from "./proxyTls.ts";
import { redisSecret } from "./redisSecret.ts";
import { redisStatefulSet } from "./redisStatefulSet.ts";
import { annotated, serviceMonitor } from "./scraping.ts";
import { counterService, proxyService, redisPodsService, redisService } from "./services.ts";
import { visitorsSecret } from "./visitorsSecret.ts";

/** Any object the operator manages. */
export type ManagedObject = ReturnType<typeof desiredObjects>[number];

/** Every child a HitCounter should have now, in the order to apply them: what others need comes first. */
export function desiredObjects(inputs: Inputs) {
  const { hitCounter } = inputs;
  return [
    networkPolicy(inputs, "redis"),
    networkPolicy(inputs, "counter"),
    networkPolicy(inputs, "proxy"),
    redisSecret(inputs),
    redisService(inputs),
    redisPodsService(hitCounter),
    redisStatefulSet(inputs),
    redisDisruptionBudget(hitCounter),
    hitCounter.spec.backup && networkPolicy(inputs, "backup"),
    backupCronJob(inputs),
    annotated(inputs, counterService(hitCounter), counterPort),
    ...counterRevisions(inputs),
    visitorsSecret(inputs),
    counterDeployment(inputs),
    counterAutoscaler(hitCounter),
    counterDisruptionBudget(hitCounter),
    proxyConfigMap(inputs),
    proxyTlsSecret(inputs),
    proxyDeployment(inputs),
    proxyDisruptionBudget(hitCounter),
    proxyService(inputs),
    ...(hitCounter.spec.monitoring.enabled ? monitoring(inputs) : []),
  ].filter((object) => object !== undefined);
}

/** What asks for metrics, and what tells Prometheus where they are. */
const monitoring = (inputs: Inputs) => [
  networkPolicy(inputs, "exporter"),
  redisExporter(inputs),
  exporterService(inputs, "exporter"),
  networkPolicy(inputs, "exporter-nginx"),
  nginxExporter(inputs),
  exporterService(inputs, "exporter-nginx"),
  ...(inputs.knowsServiceMonitors
    ? [
        serviceMonitor(inputs.hitCounter, "counter", "http"),
        serviceMonitor(inputs.hitCounter, "exporter"),
        serviceMonitor(inputs.hitCounter, "exporter-nginx"),
      ]
    : []),
];

/** What is wanted and what last was healthy, each kept once. */
function counterRevisions({ hitCounter, healthySettings }: Inputs) {
  const wanted = counterSettingsOf(hitCounter.spec);
  const other = healthySettings && revisionOf(healthySettings) !== revisionOf(wanted);
  return (other ? [healthySettings, wanted] : [wanted]).map((settings) =>
    counterRevision(hitCounter, settings),
  );
}
