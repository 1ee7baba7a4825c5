import type { V1Service } from "@kubernetes/client-node";
import type { HitCounter } from "../api/hitCounter.ts";
import { childMetadata, proxyServiceName, selectorLabels } from "./names.ts";

/** The Service that leads to the proxy. */
export function proxyService(hitCounter: HitCounter): V1Service {
  const { type, port, nodePort, annotations, loadBalancerClass, loadBalancerSourceRanges } =
    hitCounter.spec.proxy.service;
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      ...childMetadata(hitCounter, "proxy", proxyServiceName(hitCounter)),
      ...(annotations && { annotations }),
    },
    spec: {
      type,
      selector: selectorLabels(hitCounter, "proxy"),
      ports: [
        {
          name: "http",
          port,
          targetPort: "http",
          protocol: "TCP",
          appProtocol: "http",
          ...(nodePort !== undefined && { nodePort }),
        },
      ],
      ...(loadBalancerClass !== undefined && { loadBalancerClass }),
      ...(loadBalancerSourceRanges && { loadBalancerSourceRanges }),
    },
  };
}
