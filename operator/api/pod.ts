import { z } from "zod";
import { annotations, listMapBy, optionalName, qualifiedName, rules, whole } from "./schema.ts";

/** Keys under which the operator has labels and annotations of its own: selectors, ownership and hashes hang on them. */
const OWN_KEYS =
  "(k.startsWith('hitcounter.dev/') || k in ['app.kubernetes.io/name', 'app.kubernetes.io/instance', " +
  "'app.kubernetes.io/component', 'app.kubernetes.io/version', 'app.kubernetes.io/managed-by'])";

const labelValue = z
  .string()
  .max(63)
  .regex(/^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/);
const labels = z.record(z.string(), labelValue).optional();

/** Rules of Kubernetes' own that would otherwise be told only when the pods are applied. */
const toleration = z
  .object({
    key: qualifiedName.optional().describe("Taint it is about. Default: every taint."),
    operator: z
      .enum(["Exists", "Equal"])
      .optional()
      .describe("`Exists` tolerates any value, `Equal` only the one given. Default: Equal."),
    value: labelValue.optional().describe("Value of the taint."),
    effect: z
      .enum(["NoSchedule", "PreferNoSchedule", "NoExecute"])
      .optional()
      .describe("Effect of the taint. Default: every effect."),
    tolerationSeconds: z
      .int()
      .optional()
      .describe("How long the taint is tolerated, for effect NoExecute. Default: for ever."),
  })
  .meta(
    rules(
      [
        "!has(self.operator) || self.operator != 'Exists' || !has(self.value) || self.value == ''",
        "a toleration with operator Exists must have no value",
      ],
      [
        "(has(self.key) && self.key != '') || (has(self.operator) && self.operator == 'Exists')",
        "a toleration without a key tolerates every taint: its operator must be Exists",
      ],
      [
        "!has(self.tolerationSeconds) || (has(self.effect) && self.effect == 'NoExecute')",
        "a toleration with tolerationSeconds must have effect NoExecute",
      ],
    ),
  );

const spread = z.object({
  topologyKey: qualifiedName.describe("Label of nodes; nodes with one value are one place."),
  maxSkew: whole(1, 1000).describe("By how many pods the fullest place may be ahead of the emptiest."),
  whenUnsatisfiable: z
    .enum(["ScheduleAnyway", "DoNotSchedule"])
    .describe("`ScheduleAnyway` is a wish; with `DoNotSchedule` a pod waits for a node that fits."),
});

/** One part of affinity, in the words of a pod's own; what is wrong in it the API server says of the pod. */
const asInPods = z.looseObject({}).optional().meta({ "x-kubernetes-preserve-unknown-fields": true });

const affinity = z.object({
  nodeAffinity: asInPods.describe("Which nodes to use or to prefer."),
  podAffinity: asInPods.describe("Which pods to be near to."),
  podAntiAffinity: asInPods.describe("Which pods to be away from."),
});

const OF_PODS = "Where the pods run, and what they are labelled.";

/** What a user may say of the pods of a part, and where: `path` is such as `spec.redis.pod`. */
export function podOf(path: string) {
  const notOurs = (what: string) =>
    rules([
      `self.all(k, !${OWN_KEYS})`,
      `${path}.${what} must not have keys of the operator's own: hitcounter.dev/* and app.kubernetes.io/name, ` +
        "instance, component, version, managed-by",
    ]);
  return z
    .object({
      labels: labels
        .meta({ maxProperties: 32, ...notOurs("labels") })
        .describe("Labels of each pod, beside the operator's own."),
      annotations: annotations
        .meta({ maxProperties: 32, ...notOurs("annotations") })
        .describe("Annotations of each pod, beside the operator's own."),
      nodeSelector: labels.describe("Labels that a node must have for the pods to run there."),
      tolerations: z.array(toleration).max(32).optional().describe("Taints of nodes that the pods tolerate."),
      affinity: affinity.optional().describe("Where the pods may or should run, as in a pod's `affinity`."),
      priorityClassName: optionalName.describe("PriorityClass of the pods. Default: the cluster's default."),
    })
    .describe(OF_PODS);
}

/** The same for a part of several pods, which can be spread. */
export const spreadPodOf = (path: string) =>
  podOf(path)
    .extend({
      topologySpreadConstraints: z
        .array(spread)
        .max(8)
        .optional()
        .meta(listMapBy("topologyKey", "whenUnsatisfiable"))
        .describe(
          "How the part's pods are spread. Default: as evenly as can be over nodes and over zones, as a wish; an empty " +
            "list leaves it to the scheduler.",
        ),
    })
    .describe(OF_PODS);

/** What a user said of the pods of a part. */
export type PodSettings = z.output<ReturnType<typeof spreadPodOf>>;
