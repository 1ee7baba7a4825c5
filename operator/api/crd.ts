import { z } from "zod";
import { API_VERSION, GROUP, KIND } from "./hitCounter.ts";
import { rootRules } from "./rootRules.ts";
import { rules } from "./schema.ts";
import { hitCounterSpec } from "./spec.ts";
import { hitCounterStatus, unseenStatus } from "./status.ts";

type Schema = Record<string, unknown>;

/** The CustomResourceDefinition of HitCounter, made from the zod schemas. */
export function hitCounterCrd(): Schema {
  const [, version] = API_VERSION.split("/");
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `hitcounters.${GROUP}` },
    spec: {
      group: GROUP,
      scope: "Namespaced",
      names: {
        kind: KIND,
        listKind: `${KIND}List`,
        plural: "hitcounters",
        singular: "hitcounter",
        shortNames: ["hc"],
        categories: ["all"],
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          additionalPrinterColumns: printerColumns,
          subresources: {
            status: {},
            scale: {
              specReplicasPath: ".spec.counter.replicas",
              statusReplicasPath: ".status.replicas",
              labelSelectorPath: ".status.selector",
            },
          },
          schema: { openAPIV3Schema: rootSchema() },
        },
      ],
    },
  };
}

const READY = '.status.conditions[?(@.type=="Ready")]';

/** The columns of `kubectl get`; those of priority 1 are shown with `-o wide` only. */
const printerColumns = (
  [
    ["Version", "string", ".status.version", "The version that serves."],
    ["Ready", "string", ".status.ready", "Counter pods ready, and wanted."],
    ["Hits", "integer", ".status.hits", "The count when last read."],
    ["Address", "string", ".status.address", "Where the proxy is reached."],
    ["Status", "string", `${READY}.reason`, "Why it is ready, or not."],
    ["Age", "date", ".metadata.creationTimestamp"],
    ["Wanted", "string", ".spec.version", "The version asked for.", 1],
    ["Message", "string", `${READY}.message`, "Why it is ready, or not, in a sentence.", 1],
  ] as const
).map(([name, type, jsonPath, description, priority]) => ({
  name,
  type,
  jsonPath,
  ...(priority && { priority }),
  ...(description && { description }),
}));

function rootSchema(): Schema {
  return {
    type: "object",
    description: "A web hit counter: counter pods behind an nginx proxy, with a Redis that keeps the count.",
    required: ["spec"],
    properties: {
      apiVersion: { type: "string" },
      kind: { type: "string" },
      metadata: { type: "object" },
      spec: structural(z.toJSONSchema(hitCounterSpec, { io: "input" })),
      status: { ...structural(z.toJSONSchema(hitCounterStatus, { io: "input" })), default: unseenStatus },
    },
    ...rules(...rootRules),
  };
}

/** Turns JSON Schema into the structural schema that Kubernetes takes. */
function structural(schema: unknown): Schema {
  const node = { ...(schema as Schema) };
  for (const key of ["$schema", "propertyNames"]) delete node[key];
  if (node["x-kubernetes-preserve-unknown-fields"]) delete node.additionalProperties;
  // The API server drops it, and whoever applies the same a second time would find that somebody had changed it.
  if (Object.keys({ ...(node.properties as Schema) }).length === 0) delete node.properties;
  if (Array.isArray(node.anyOf)) return intOrString(node);
  if (node.type === "integer") {
    if (node.maximum === Number.MAX_SAFE_INTEGER) delete node.maximum;
    node.format = typeof node.maximum === "number" && node.maximum < 2 ** 31 ? "int32" : "int64";
  }
  if (node.format === "date-time") delete node.pattern; // the format says it, and reads better in an error
  for (const within of ["items", "additionalProperties"]) {
    if (node[within]) node[within] = structural(node[within]);
  }
  if (node.properties) {
    node.properties = Object.fromEntries(
      Object.entries(node.properties as Schema).map(([name, property]) => [name, structural(property)]),
    );
    if (node.default) node.default = withInnerDefaults(node.default as Schema, node.properties as Schema);
  }
  return node;
}

/** The API server checks the rules of an object's default before it fills in those of the object's fields. */
function withInnerDefaults(given: Schema, properties: Schema): Schema {
  const defaults = Object.entries(properties)
    .map(([name, property]) => [name, (property as Schema).default])
    .filter(([, inner]) => inner !== undefined);
  return { ...Object.fromEntries(defaults), ...given };
}

/** The one union there is: a number or a string, which Kubernetes has a word of its own for. */
function intOrString({ anyOf, ...rest }: Schema): Schema {
  const words = Object.assign({}, ...(anyOf as Schema[])) as Schema; // each is heeded for its own type alone
  return {
    ...rest,
    anyOf: [{ type: "integer" }, { type: "string" }],
    minimum: words.minimum,
    pattern: words.pattern,
    "x-kubernetes-int-or-string": true,
  };
}
