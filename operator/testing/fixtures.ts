import type { z } from "zod";
import type { HitCounter, HitCounterSpec } from "../api/hitCounter.ts";
import { hitCounterSpec } from "../api/spec.ts";
import type { Inputs } from "../desired/inputs.ts";

/** A HitCounter `demo/web`, with defaults as the API server fills them in. */
export function hitCounterWith(spec: Partial<z.input<typeof hitCounterSpec>> = {}): HitCounter {
  return {
    apiVersion: "hitcounter.dev/v1alpha1",
    kind: "HitCounter",
    metadata: { name: "web", namespace: "demo", uid: "uid-of-web", generation: 1 },
    spec: hitCounterSpec.parse({ version: "1.0.0", ...spec }),
  };
}

const defaultImages = {
  counter: "example.com/counter",
  redis: "example.com/redis:8",
  proxy: "example.com/nginx:1",
};

/** What desired objects are made from, for a HitCounter made by hitCounterWith. */
export const inputsFor = (hitCounter: HitCounter): Inputs => ({
  hitCounter,
  defaultImages,
  version: hitCounter.spec.version,
  redisPassword: "correct-horse-battery-staple",
  counterReplicas: undefined,
  counterClusterIp: "10.96.0.7",
  volumeSize: String(hitCounter.spec.redis.storage.size),
});

/** All that can be said of the pods of a part that has several. */
export const podSettings: NonNullable<HitCounterSpec["counter"]["pod"]> = {
  labels: { team: "web", "app.kubernetes.io/part-of": "shop" },
  annotations: { "example.com/scrape": "true" },
  nodeSelector: { "kubernetes.io/os": "linux" },
  tolerations: [
    { key: "dedicated", operator: "Equal", value: "web", effect: "NoExecute", tolerationSeconds: 60 },
    { operator: "Exists" },
  ],
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: "disk", operator: "In", values: ["ssd"] }] }],
      },
    },
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        {
          weight: 50,
          podAffinityTerm: {
            labelSelector: { matchLabels: { team: "batch" } },
            topologyKey: "kubernetes.io/hostname",
          },
        },
      ],
    },
  },
  priorityClassName: "important",
  topologySpreadConstraints: [
    { topologyKey: "kubernetes.io/hostname", maxSkew: 2, whenUnsatisfiable: "DoNotSchedule" },
  ],
};
