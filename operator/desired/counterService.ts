import type { V1Service } from "@kubernetes/client-node";
import type { HitCounter } from "../api/hitCounter.ts";
import { childMetadata, selectorLabels } from "./names.ts";

/**
 * The Service through which the proxy reaches the counters; the API server chooses its address where none is given, and
 * tells by its families which ones the cluster has.
 */
export function counterService(hitCounter: HitCounter, clusterIp?: string): V1Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: childMetadata(hitCounter, "counter"),
    spec: {
      type: "ClusterIP",
      ipFamilyPolicy: "PreferDualStack",
      ...(clusterIp !== undefined && { clusterIP: clusterIp }),
      selector: selectorLabels(hitCounter, "counter"),
      ports: [{ name: "http", port: 80, targetPort: "http", protocol: "TCP", appProtocol: "http" }],
    },
  };
}
