import type { z } from "zod";
import type { hitCounterSpec } from "../operator/api/spec.ts";
import { podSettings } from "../operator/testing/fixtures.ts";

type Spec = z.input<typeof hitCounterSpec>;

const version = "1.0.0";
const resources = { requests: { cpu: "100m", memory: "64Mi" }, limits: { cpu: 1, memory: "128Mi" } };
const strategy = { maxSurge: "50%", maxUnavailable: 1 };
const pod = {
  ...podSettings,
  tolerations: [
    ...(podSettings.tolerations ?? []),
    { key: "spot", operator: "Exists" as const, effect: "NoSchedule" as const },
    { key: "old", operator: "Exists" as const, effect: "PreferNoSchedule" as const },
  ],
  affinity: { ...podSettings.affinity, podAffinity: {} },
  topologySpreadConstraints: [
    { topologyKey: "example.com/rack", maxSkew: 1, whenUnsatisfiable: "ScheduleAnyway" as const },
    { topologyKey: "kubernetes.io/hostname", maxSkew: 2, whenUnsatisfiable: "DoNotSchedule" as const },
  ],
};
const { topologySpreadConstraints: _, ...podOfOne } = pod;

/**
 * HitCounters as users write them, which stand for all others: between them every field is set, and every value of
 * those that have but a few.
 */
export const podTemplateSpecs: Readonly<Record<string, Spec>> = {
  "as little as can be": { version },
  "as much as can be": {
    version,
    message: "{hits} were here",
    paused: false,
    imagePullSecrets: [{ name: "registry" }],
    counter: {
      image: "registry.example.com/counter",
      replicas: 3,
      resources,
      strategy,
      autoscaling: { minReplicas: 3, maxReplicas: 9, targetCPUUtilizationPercentage: 70 },
      pod,
    },
    redis: {
      image: "registry.example.com/redis:8",
      resources,
      storage: { size: "2Gi", storageClassName: "fast" },
      durability: "always",
      pod: podOfOne,
    },
    proxy: {
      image: "registry.example.com/nginx:1",
      replicas: 3,
      resources,
      strategy,
      service: {
        name: "site",
        type: "LoadBalancer",
        port: 8080,
        nodePort: 30080,
        annotations: { "example.com/scheme": "internal" },
        loadBalancerClass: "example.com/nlb",
        loadBalancerSourceRanges: ["192.0.2.0/24"],
      },
      pod,
    },
    upgrade: { deadlineSeconds: 300, rollback: true },
    deletionPolicy: "Retain",
  },
  "the other choices": {
    version,
    paused: true,
    redis: { durability: "everysec" },
    proxy: { service: { type: "NodePort" } },
    upgrade: { rollback: false },
    deletionPolicy: "Delete",
  },
  "no resources": {
    version,
    counter: { resources: {} },
    redis: { resources: {} },
    proxy: { resources: {}, service: { type: "ClusterIP" } },
  },
};
