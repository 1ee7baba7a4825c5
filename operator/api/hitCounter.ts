import type { z } from "zod";
import type { hitCounterSpec } from "./spec.ts";
import type { condition, hitCounterStatus } from "./status.ts";

/** API group of HitCounter. */
export const GROUP = "hitcounter.dev";
/** `apiVersion` of every HitCounter. */
export const API_VERSION = `${GROUP}/v1alpha1`;
/** `kind` of every HitCounter. */
export const KIND = "HitCounter";

/** What the user wants, with every default filled in. */
export type HitCounterSpec = z.output<typeof hitCounterSpec>;
/** What the user writes: only what is to be other than its default. */
export type HitCounterSpecInput = z.input<typeof hitCounterSpec>;
/** What the operator last saw. */
export type HitCounterStatus = z.output<typeof hitCounterStatus>;
/** One condition, as the Kubernetes API conventions define it. */
export type Condition = z.output<typeof condition>;

/** A HitCounter as the API server gives it: admitted, so valid and with defaults. */
export interface HitCounter {
  apiVersion: typeof API_VERSION;
  kind: typeof KIND;
  metadata: {
    name: string;
    namespace: string;
    uid: string;
    generation: number;
    resourceVersion?: string;
    deletionTimestamp?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  spec: HitCounterSpec;
  status?: HitCounterStatus;
}
