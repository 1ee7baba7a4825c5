import { z } from "zod";
import { podOf, spreadPodOf } from "./pod.ts";
import { countOrPercentage, listMapByName, matching, quantity, rules } from "./schema.ts";

const resources = (defaults: { requests: Record<string, string>; limits: Record<string, string> }) =>
  z
    .object({
      requests: z
        .record(z.string(), quantity())
        .optional()
        .describe("What the scheduler sets aside for each pod, by resource name (cpu, memory)."),
      limits: z
        .record(z.string(), quantity())
        .optional()
        .describe("What each pod may use at most, by resource name (cpu, memory)."),
    })
    .default(defaults)
    .describe("Compute resources of each pod, as in a container's `resources`.");

const strategy = z
  .object({
    maxSurge: countOrPercentage()
      .default(1)
      .describe("How many pods may be added while rolling, as a number or a percentage such as 25%."),
    maxUnavailable: countOrPercentage()
      .default(0)
      .describe("How many pods may be missing while rolling, as a number or a percentage such as 25%."),
  })
  .prefault({})
  .meta(
    rules([
      "!(string(self.maxSurge) in ['0', '0%'] && string(self.maxUnavailable) in ['0', '0%'])",
      "maxSurge and maxUnavailable must not both be 0: no pod could ever be replaced",
    ]),
  )
  .describe("How pods are replaced: RollingUpdate, which adds one pod before it takes one away.");

const image = () => z.string().min(1).max(255);

const autoscaling = z
  .object({
    minReplicas: z
      .int()
      .min(1)
      .max(1000)
      .default(2)
      .describe("The fewest counter pods there are, whatever the load."),
    maxReplicas: z.int().min(1).max(1000).describe("The most counter pods there are, whatever the load."),
    targetCPUUtilizationPercentage: z
      .int()
      .min(1)
      .max(1000)
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

const counter = z
  .object({
    image: image()
      .optional()
      .describe(
        "Image of the counter, without a tag: spec.version is the tag. Default: the one the operator is set to use.",
      ),
    replicas: z
      .int()
      .min(0)
      .max(1000)
      .default(2)
      .describe(
        "How many counter pods to run. With autoscaling, 0 still means none, and any other number is not used.",
      ),
    resources: resources({ requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "384Mi" } }),
    strategy,
    autoscaling: autoscaling.optional(),
    pod: spreadPodOf("spec.counter.pod").optional(),
  })
  .prefault({})
  .meta(
    rules([
      "!has(self.autoscaling) || (has(self.resources.requests) && 'cpu' in self.resources.requests) || " +
        "(has(self.resources.limits) && 'cpu' in self.resources.limits)",
      "spec.counter.autoscaling needs spec.counter.resources.requests.cpu: the load is measured against it",
    ]),
  )
  .describe("The pods that answer and count.");

const storage = z
  .object({
    size: quantity().default("1Gi").describe("Size of the volume."),
    storageClassName: z
      .string()
      .min(1)
      .max(253)
      .optional()
      .describe("StorageClass of the volume. Default: the cluster's default class."),
  })
  .prefault({})
  .meta(
    rules(
      [
        "quantity(string(self.size)).compareTo(quantity(string(oldSelf.size))) >= 0",
        "spec.redis.storage.size can't become smaller: no volume can shrink. Put back the size it had, or a larger one",
      ],
      [
        "has(self.storageClassName) == has(oldSelf.storageClassName) && (!has(self.storageClassName) || " +
          "self.storageClassName == oldSelf.storageClassName)",
        "spec.redis.storage.storageClassName can't be changed while the HitCounter exists: put back what it was " +
          "created with",
      ],
    ),
  )
  .describe(
    "The volume that keeps the count. It can grow where its StorageClass allows that, and never shrink.",
  );

const redis = z
  .object({
    image: image()
      .optional()
      .describe("Image of Redis, with its tag. Default: the one the operator is set to use."),
    resources: resources({ requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "256Mi" } }),
    storage,
    pod: podOf("spec.redis.pod").optional(),
    durability: z
      .enum(["always", "everysec"])
      .default("always")
      .describe(
        "When a hit is safe on disk: `always`, before it is acknowledged; `everysec`, within a second, so that " +
          "a crash of the node may lose the hits of that second.",
      ),
  })
  .prefault({})
  .describe("The Redis that keeps the count.");

const service = z
  .object({
    name: matching(
      /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
      63,
      "spec.proxy.service.name must be a Service name: lower-case letters, digits and '-', beginning with a " +
        "letter, 63 characters at most",
    )
      .optional()
      .describe("Name of the Service. Default: `<name>-proxy`."),
    type: z
      .enum(["LoadBalancer", "NodePort", "ClusterIP"])
      .default("LoadBalancer")
      .describe("How the Service is reached."),
    port: z.int().min(1).max(65535).default(80).describe("Port of the Service."),
    nodePort: z
      .int()
      .min(1)
      .max(65535)
      .optional()
      .describe(
        "Port on every node, for types NodePort and LoadBalancer. Default: one that Kubernetes chooses.",
      ),
    annotations: z
      .record(z.string(), z.string())
      .optional()
      .describe("Annotations of the Service, such as a cloud's load balancer reads."),
    loadBalancerClass: z
      .string()
      .min(1)
      .max(253)
      .optional()
      .describe("Which load balancer implementation serves the Service. Default: the cluster's."),
    loadBalancerSourceRanges: z
      .array(z.string().max(64))
      .max(64)
      .optional()
      .describe("Client address ranges (CIDR) that the load balancer lets through. Default: all."),
  })
  .prefault({})
  .meta(
    rules(
      [
        "self.type != 'ClusterIP' || !has(self.nodePort)",
        "spec.proxy.service.nodePort needs type NodePort or LoadBalancer",
      ],
      [
        "self.type == 'LoadBalancer' || (!has(self.loadBalancerClass) && !has(self.loadBalancerSourceRanges))",
        "spec.proxy.service.loadBalancerClass and loadBalancerSourceRanges need type LoadBalancer",
      ],
      [
        "self.type != 'LoadBalancer' || oldSelf.type != 'LoadBalancer' || (has(self.loadBalancerClass) == " +
          "has(oldSelf.loadBalancerClass) && (!has(self.loadBalancerClass) || self.loadBalancerClass == " +
          "oldSelf.loadBalancerClass))",
        "spec.proxy.service.loadBalancerClass can't be changed while the Service is a LoadBalancer: change the " +
          "type to ClusterIP first",
      ],
    ),
  )
  .describe("The Service that leads to the proxy: what users of the site call.");

const proxy = z
  .object({
    image: image()
      .optional()
      .describe(
        "Image of nginx that runs as a user other than root, with its tag. Default: the one the operator is set to use.",
      ),
    replicas: z.int().min(0).max(1000).default(2).describe("How many proxy pods to run."),
    resources: resources({ requests: { cpu: "50m", memory: "32Mi" }, limits: { memory: "128Mi" } }),
    strategy,
    service,
    pod: spreadPodOf("spec.proxy.pod").optional(),
  })
  .prefault({})
  .describe("The nginx in front of the counters.");

const upgrade = z
  .object({
    deadlineSeconds: z
      .int()
      .min(10)
      .max(86_400)
      .default(120)
      .describe(
        "How long, in seconds, new counter pods may take to become ready, each counted from the last that did. A " +
          "version that takes longer has failed.",
      ),
    rollback: z
      .boolean()
      .default(true)
      .describe(
        "Whether a version that fails is replaced by the last that was healthy. If not, the failure is only told.",
      ),
  })
  .prefault({})
  .describe("What happens when a new version does not work. The old one serves all the while.");

/** Everything a user can ask for; types, defaults, validation and the CRD are made from it. */
export const hitCounterSpec = z
  .object({
    version: matching(
      /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/,
      63,
      "spec.version must be an image tag such as 1.0.0: letters, digits, '.', '_' and '-', beginning and ending " +
        "with a letter or a digit, 63 characters at most",
    ).describe(
      "The version to run: the tag of the counter image. A new one rolls the counters without downtime, and so " +
        "does going back to an old one.",
    ),
    message: z
      .string()
      .min(1)
      .max(1000)
      .default("Holla! we have hit {hits} times")
      .describe("What `/` answers; {hits} stands for the number of the hit."),
    paused: z
      .boolean()
      .default(false)
      .describe("While true, the operator changes nothing and goes on telling how things are."),
    imagePullSecrets: z
      .array(z.object({ name: z.string().min(1).max(253).describe("Name of the Secret.") }))
      .max(16)
      .optional()
      .meta(listMapByName)
      .describe("Secrets in the same namespace that hold the credentials of private image registries."),
    counter,
    redis,
    proxy,
    upgrade,
    deletionPolicy: z
      .enum(["Retain", "Delete"])
      .default("Retain")
      .describe(
        "What becomes of the count when the HitCounter is deleted: `Retain` keeps its volume, and a HitCounter of " +
          "the same name counts on from it; `Delete` removes it.",
      ),
  })
  .describe("What the HitCounter should be.");
