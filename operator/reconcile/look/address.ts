import type { V1Service } from "@kubernetes/client-node";

/** Where the proxy is reached: host, and port where it is not 80; undefined while it has no address. */
export function addressOf(service: V1Service | undefined): string | undefined {
  const { type, clusterIP, ports: [{ port, nodePort } = { port: 80 }] = [] } = service?.spec ?? {};
  switch (type) {
    case "LoadBalancer": {
      const [ingress] = service?.status?.loadBalancer?.ingress ?? [];
      return hostAndPort(ingress?.ip ?? ingress?.hostname, port);
    }
    case "NodePort":
      return nodePort === undefined ? undefined : `<any node>:${nodePort}`;
    default:
      return hostAndPort(clusterIP, port);
  }
}

function hostAndPort(host: string | undefined, port: number): string | undefined {
  if (host === undefined) return undefined;
  const bracketed = host.includes(":") ? `[${host}]` : host;
  return port === 80 ? bracketed : `${bracketed}:${port}`;
}
