import type { V1Service } from "@kubernetes/client-node";
import type { HitCounter } from "../api/hitCounter.ts";
import { childMetadata, redisPodsName, selectorLabels } from "./names.ts";
import { REDIS_PORT } from "./redisService.ts";

/** Gives each pod of Redis a name in DNS, also while it is not ready. */
export function redisPodsService(hitCounter: HitCounter): V1Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: childMetadata(hitCounter, "redis", redisPodsName(hitCounter)),
    spec: {
      type: "ClusterIP",
      clusterIP: "None",
      publishNotReadyAddresses: true,
      selector: selectorLabels(hitCounter, "redis"),
      ports: [{ name: "redis", port: REDIS_PORT, targetPort: "redis", protocol: "TCP" }],
    },
  };
}
