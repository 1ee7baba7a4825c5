import { z } from "zod";
import { replicas, resources, strategy } from "./parts.ts";
import { spreadPodOf } from "./pod.ts";
import { part, rules, untaggedImage, whole } from "./schema.ts";

const autoscaling = z
  .object({
    minReplicas: whole(1, 1000).default(2).describe("The fewest counter pods there are, whatever the load."),
    maxReplicas: whole(1, 1000).describe("The most counter pods there are, whatever the load."),
    targetCPUUtilizationPercentage: whole(1, 1000)
      .default(80)
      .describe(
        "How much CPU the counter pods should use on average, in percent of what they request: above it pods are " +
          "added, below it they are taken away.",
      ),
  })
  .meta(
    rules([
      "self.minReplicas <= self.maxReplicas",
      "spec.counter.autoscaling.minReplicas must not be above maxReplicas",
    ]),
  )
  .describe(
    "Scales the counters with their load, by a HorizontalPodAutoscaler; `replicas` counts again once this is " +
      "taken away. Default: no autoscaling.",
  );

/** What spec.counter may say. */
export const counter = part(
  "The pods that answer and count.",
  {
    image: untaggedImage.describe(
      "Image of the counter, without a tag: spec.version is the tag. Default: the one the operator is set to use.",
    ),
    replicas: replicas.describe(
      "How many counter pods to run. With autoscaling, 0 still means none, and any other number is not used.",
    ),
    resources: resources({ requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "384Mi" } }),
    strategy,
    autoscaling: autoscaling.optional(),
    pod: spreadPodOf("spec.counter.pod").optional(),
  },
  [
    "!has(self.autoscaling) || (has(self.resources.requests) && 'cpu' in self.resources.requests) || " +
      "(has(self.resources.limits) && 'cpu' in self.resources.limits)",
    "spec.counter.autoscaling needs spec.counter.resources.requests.cpu: the load is measured against it",
  ],
);
