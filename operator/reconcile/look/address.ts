import type { V1Service } from "@kubernetes/client-node";
import { hostInUrl } from "../../desired/hostInUrl.ts";

/** Where the proxy is reached: host, and port where it is not 80; undefined while it has no address. */
export function addressOf(service: V1Service | undefined): string | undefined {
  const { type, clusterIP, ports: [{ port, nodePort } = { port: 80 }] = [] } = service?.spec ?? {};
  if (type === "NodePort") return nodePort === undefined ? undefined : `<any node>:${nodePort}`;
  const [ingress] = service?.status?.loadBalancer?.ingress ?? [];
  const host = type === "LoadBalancer" ? (ingress?.ip ?? ingress?.hostname) : clusterIP;
  if (host === undefined) return undefined;
  return port === 80 ? hostInUrl(host) : `${hostInUrl(host)}:${port}`;
}
