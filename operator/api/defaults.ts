import type { HitCounter } from "./hitCounter.ts";
import { hitCounterSpec } from "./spec.ts";

/**
 * A HitCounter with every default that this operator knows: the CRD by which the API server filled them in may still be
 * that of an earlier release. One that this operator's schema would refuse is left as it is.
 */
export function withDefaults(hitCounter: HitCounter): HitCounter {
  const { success, data } = hitCounterSpec.safeParse(hitCounter.spec);
  return success ? { ...hitCounter, spec: data } : hitCounter;
}
