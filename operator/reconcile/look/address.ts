import type { V1Service } from "@kubernetes/client-node";

/** Where the proxy is reached: host, and port where it is not 80; undefined while it has no address. */
export function addressOf(service: V1Service | undefined): string | undefined {
  const { type, clusterIP, ports: [{ port, nodePort } = { port: 80 }] = [] } = service?.spec ?? {};
  if (type === "NodePort") return nodePort === undefined ? undefined : `<any node>:${nodePort}`;
  const [ingress] = service?.status?.loadBalancer?.ingress ?? [];
  const host = type === "LoadBalancer" ? (ingress?.ip ?? ingress?.hostname) : clusterIP;
  const bracketed = host?.includes(":") ? `[${host}]` : host;
  return host === undefined || port === 80 ? bracketed : `${bracketed}:${port}`;
}
