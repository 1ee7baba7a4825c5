import type { V1Service, V1ServicePort, V1ServiceSpec } from "@kubernetes/client-node";
import type { HitCounter } from "../api/hitCounter.ts";
import type { Inputs } from "./inputs.ts";
import {
  type Component,
  child,
  childName,
  hasCopies,
  proxyServiceName,
  redisPodsName,
  selectorLabels,
} from "./names.ts";

/** Label by which a StatefulSet names each of its pods. */
const POD_NAME_LABEL = "statefulset.kubernetes.io/pod-name";

/** Port of Redis, the counter's default too. */
export const REDIS_PORT = 6379;

const redisPort = { name: "redis", port: REDIS_PORT, targetPort: "redis", protocol: "TCP" };
const httpPort = { name: "http", port: 80, targetPort: "http", protocol: "TCP", appProtocol: "http" };

/** A Service that leads to the pods of a component, by one port or several. */
export const service = (
  hitCounter: HitCounter,
  component: Component,
  ports: V1ServicePort | V1ServicePort[],
  own: V1ServiceSpec = {},
  name?: string,
): V1Service => ({
  ...child("v1", "Service", hitCounter, component, name),
  spec: { type: "ClusterIP", ...own, selector: selectorLabels(hitCounter, component), ports: [ports].flat() },
});

/** The Service through which the counters reach Redis; its address outlives any pod. */
export function redisService({
  hitCounter,
  replication,
}: Pick<Inputs, "hitCounter" | "replication">): V1Service {
  if (!hasCopies(hitCounter)) return service(hitCounter, "redis", redisPort);
  // Counters go to the copies themselves. Of those that know one Redis, the one there was is that one; else the exporter
  // is led to any, and to the same again, as of each the metrics are others.
  if (replication.isComplete) return service(hitCounter, "redis", redisPort, { sessionAffinity: "ClientIP" });
  const made = service(hitCounter, "redis", redisPort);
  const first = { [POD_NAME_LABEL]: `${childName(hitCounter, "redis")}-0` };
  return { ...made, spec: { ...made.spec, selector: { ...made.spec?.selector, ...first } } };
}

/** Gives each pod of Redis a name in DNS, also while it is not ready. */
export function redisPodsService(hitCounter: HitCounter): V1Service {
  const own = { clusterIP: "None", publishNotReadyAddresses: true };
  return service(hitCounter, "redis", redisPort, own, redisPodsName(hitCounter));
}

/**
 * The Service through which the proxy reaches the counters; the API server chooses its address where none is given, and
 * tells by its families which ones the cluster has.
 */
export const counterService = (hitCounter: HitCounter, clusterIp?: string) =>
  service(hitCounter, "counter", httpPort, {
    ipFamilyPolicy: "PreferDualStack",
    ...(clusterIp !== undefined && { clusterIP: clusterIp }),
  });

/** Name of the port of the proxy's Service for HTTPS. It leads to those proxies alone that serve it. */
export const HTTPS = "https";

/** The Service that leads to the proxy: type and load balancer are said in the words of a Service's own spec. */
export function proxyService({ hitCounter, tls }: Pick<Inputs, "hitCounter" | "tls">): V1Service {
  const { name: _, port, nodePort, annotations, ...own } = hitCounter.spec.proxy.service;
  const ports = { ...httpPort, port, ...(nodePort !== undefined && { nodePort }) };
  const https = { ...httpPort, name: HTTPS, targetPort: HTTPS, appProtocol: HTTPS };
  const all = tls ? [ports, { ...https, port: tls.port }] : [ports];
  const made = service(hitCounter, "proxy", all, own as V1ServiceSpec, proxyServiceName(hitCounter));
  return { ...made, metadata: { ...made.metadata, ...(annotations && { annotations }) } };
}
