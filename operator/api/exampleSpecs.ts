import type { HitCounterSpecInput } from "./hitCounter.ts";

const version = "1.0.0";
const resources = { requests: { cpu: "100m", memory: "64Mi" }, limits: { cpu: 1, memory: "128Mi" } };
const strategy = { maxSurge: "50%", maxUnavailable: 1 };
const onSsd = {
  nodeSelectorTerms: [{ matchExpressions: [{ key: "disk", operator: "In", values: ["ssd"] }] }],
};
const besideBatch = {
  labelSelector: { matchLabels: { team: "batch" } },
  topologyKey: "kubernetes.io/hostname",
};
const pod = {
  labels: { team: "web", "app.kubernetes.io/part-of": "shop" },
  annotations: { "example.com/scrape": "true" },
  nodeSelector: { "kubernetes.io/os": "linux" },
  tolerations: [
    { key: "dedicated", operator: "Equal", value: "web", effect: "NoExecute", tolerationSeconds: 60 },
    { operator: "Exists" },
    { key: "spot", operator: "Exists", effect: "NoSchedule" },
    { key: "old", operator: "Exists", effect: "PreferNoSchedule" },
  ],
  affinity: {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: onSsd },
    podAffinity: {},
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 50, podAffinityTerm: besideBatch }],
    },
  },
  priorityClassName: "important",
} satisfies NonNullable<HitCounterSpecInput["redis"]>["pod"];
const spreadPod = {
  ...pod,
  topologySpreadConstraints: [
    { topologyKey: "example.com/rack", maxSkew: 1, whenUnsatisfiable: "ScheduleAnyway" },
    { topologyKey: "kubernetes.io/hostname", maxSkew: 2, whenUnsatisfiable: "DoNotSchedule" },
  ],
} satisfies NonNullable<HitCounterSpecInput["counter"]>["pod"];

/**
 * HitCounters as users write them, which stand for all others: between them every field is set, and every value of
 * those that have but a few. What is to hold for any HitCounter is tried with these.
 */
export const exampleSpecs = {
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
      pod: spreadPod,
    },
    redis: {
      image: "registry.example.com/redis:8",
      replicas: 1,
      resources,
      storage: { size: "2Gi", storageClassName: "fast" },
      durability: "always",
      auth: { rotateAfter: "720h" },
      pod,
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
        externalTrafficPolicy: "Local",
      },
      tls: { secretName: "site-tls", port: 8443, redirect: true },
      clientAddress: { trustedProxies: ["10.0.0.0/16", "2001:db8::/32"], proxyProtocol: true },
      rateLimit: { requestsPerSecond: 20, burst: 40, concurrentRequests: 10 },
      drainSeconds: 150,
      pod: spreadPod,
    },
    pages: { max: 100 },
    visitors: { enabled: true },
    upgrade: { deadlineSeconds: 300, rollback: true },
    monitoring: { enabled: true },
    networkPolicy: { enabled: true },
    initialHits: 0,
    backup: { schedule: "30 2 * * *", keep: 14, storage: { size: "2Gi", storageClassName: "cheap" } },
    restore: { claimName: "web-backup", backup: "2026-01-02T02-30-00Z.rdb" },
    deletionPolicy: "Retain",
  },
  "the other choices": {
    version,
    paused: true,
    redis: { durability: "everysec", auth: { secretName: "redis-password" } },
    proxy: {
      service: { type: "NodePort", externalTrafficPolicy: "Cluster" },
      tls: { secretName: "site-tls", redirect: false },
      clientAddress: { trustedProxies: ["192.0.2.1/32"], proxyProtocol: false },
    },
    visitors: { enabled: false },
    upgrade: { rollback: false },
    monitoring: { enabled: false },
    networkPolicy: { enabled: false },
    initialHits: 5_234_567,
    backup: { schedule: "@daily" },
    deletionPolicy: "Delete",
  },
  "from the newest backup": {
    version,
    restore: { claimName: "old-backup" },
  },
  "three copies of Redis": {
    version,
    redis: { replicas: 3, durability: "always", pod },
  },
  "no resources": {
    version,
    counter: { resources: {} },
    redis: { resources: {} },
    proxy: { resources: {}, service: { type: "ClusterIP" } },
  },
} satisfies Record<string, HitCounterSpecInput>;
