import type { V1Service } from "@kubernetes/client-node";
import { hostInUrl } from "../../desired/hostInUrl.ts";
import { HTTPS } from "../../desired/services.ts";

/**
 * Where the proxy is reached: host, and port where it is not 80; by HTTPS `https://`, host, and port where it is not 443.
 * Undefined while it has no address.
 */
export function addressOf(service: V1Service | undefined): string | undefined {
  const { type, clusterIP, ports = [] } = service?.spec ?? {};
  const https = ports.find(({ name }) => name === HTTPS);
  const { port, nodePort } = https ?? ports[0] ?? { port: 80 };
  const scheme = https ? "https://" : "";
  if (type === "NodePort") return nodePort === undefined ? undefined : `${scheme}<any node>:${nodePort}`;
  const [ingress] = service?.status?.loadBalancer?.ingress ?? [];
  const host = type === "LoadBalancer" ? (ingress?.ip ?? ingress?.hostname) : clusterIP;
  if (host === undefined) return undefined;
  const usual = https ? 443 : 80;
  return `${scheme}${hostInUrl(host)}${port === usual ? "" : `:${port}`}`;
}
