import { z } from "zod";
import { countOrPercentage, part, quantity, whole } from "./schema.ts";

const quantities = z.record(z.string(), quantity).optional();

/** Compute resources of a part, and what they are where the user says nothing. */
export const resources = (defaults: { requests: Record<string, string>; limits: Record<string, string> }) =>
  z
    .object({
      requests: quantities.describe(
        "What the scheduler sets aside for each pod, by resource name (cpu, memory).",
      ),
      limits: quantities.describe("What each pod may use at most, by resource name (cpu, memory)."),
    })
    .default(defaults)
    .describe("Compute resources of each pod, as in a container's `resources`.");

/** How many pods a part that may have several has. */
export const replicas = whole(0, 1000).default(2);

/** How the pods of a part that has several are replaced. */
export const strategy = part(
  "How pods are replaced: RollingUpdate, which adds one pod before it takes one away.",
  {
    maxSurge: countOrPercentage
      .default(1)
      .describe("How many pods may be added while rolling, as a number or a percentage such as 25%."),
    maxUnavailable: countOrPercentage
      .default(0)
      .describe("How many pods may be missing while rolling, as a number or a percentage such as 25%."),
  },
  [
    "!(string(self.maxSurge) in ['0', '0%'] && string(self.maxUnavailable) in ['0', '0%'])",
    "maxSurge and maxUnavailable must not both be 0: no pod could ever be replaced",
  ],
);
