import type { z } from "zod";
import type { HitCounter } from "../api/hitCounter.ts";
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
  redisPassword: "correct-horse-battery-staple",
  counterReplicas: undefined,
  counterClusterIp: "10.96.0.7",
});
