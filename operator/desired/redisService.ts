import type { V1Service } from "@kubernetes/client-node";
import type { HitCounter } from "../api/hitCounter.ts";
import { childMetadata, selectorLabels } from "./names.ts";

/** Port of Redis, the counter's default too. */
export const REDIS_PORT = 6379;

/** The Service through which the counters reach Redis; its address outlives any pod. */
export function redisService(hitCounter: HitCounter): V1Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: childMetadata(hitCounter, "redis"),
    spec: {
      type: "ClusterIP",
      selector: selectorLabels(hitCounter, "redis"),
      ports: [{ name: "redis", port: REDIS_PORT, targetPort: "redis", protocol: "TCP" }],
    },
  };
}
