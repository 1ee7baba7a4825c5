import type { V1Service } from "@kubernetes/client-node";
import type { HitCounter } from "../api/hitCounter.ts";

/** Where the proxy is reached: host, and port where it is not 80; undefined while it has no address. */
export function addressOf(hitCounter: HitCounter, service: V1Service | undefined): string | undefined {
  const { type, port } = hitCounter.spec.proxy.service;
  switch (type) {
    case "LoadBalancer": {
      const [ingress] = service?.status?.loadBalancer?.ingress ?? [];
      return hostAndPort(ingress?.ip ?? ingress?.hostname, port);
    }
    case "NodePort": {
      const nodePort = service?.spec?.ports?.[0]?.nodePort;
      return nodePort === undefined ? undefined : `<any node>:${nodePort}`;
    }
    case "ClusterIP":
      return hostAndPort(service?.spec?.clusterIP, port);
  }
}

function hostAndPort(host: string | undefined, port: number): string | undefined {
  if (host === undefined) return undefined;
  const bracketed = host.includes(":") ? `[${host}]` : host;
  return port === 80 ? bracketed : `${bracketed}:${port}`;
}
