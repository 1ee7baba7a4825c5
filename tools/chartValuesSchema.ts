import { hitCounterCrd } from "../operator/api/crd.ts";

type Schema = Record<string, unknown>;

const NAME = "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$";

const text = (description: string) => ({ type: "string", description });
const name = (description: string) => ({ type: "string", description, pattern: NAME });
/** Fields, and no others. */
const fields = (description: string, properties: Record<string, Schema>): Schema => ({
  type: "object",
  description,
  additionalProperties: false,
  properties,
});
const quantities = (description: string) => ({
  type: "object",
  description,
  additionalProperties: { type: ["string", "number"] },
});

/** What values the Helm chart takes; those of a HitCounter's spec are what its CustomResourceDefinition takes. */
export function chartValuesSchema(): Schema {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    ...fields("Values of the chart hitcounter.", {
      global: {
        type: "object",
        description: "What a chart that holds this one gives to all; not used here.",
      },
      images: fields("Where the images are.", {
        registry: {
          ...text("What stands before hitcounter-operator and hitcounter-counter."),
          pattern: "^[a-z0-9]([-a-z0-9._:/]*[a-z0-9])?$",
        },
        operator: text(
          "Image of the operator, with its tag. Default: that of the registry and of this version.",
        ),
        counter: text("Image of the counter, without a tag. Default: that of the registry."),
        redis: text("Image of Redis, with its tag. Default: the operator's own."),
        proxy: text("Image of nginx, with its tag. Default: the operator's own."),
        redisExporter: text("Image of the exporter of Redis, with its tag. Default: the operator's own."),
        nginxExporter: text("Image of the exporter of nginx, with its tag. Default: the operator's own."),
        pullPolicy: { enum: ["Always", "IfNotPresent", "Never"], description: "When images are pulled." },
        pullSecrets: {
          type: "array",
          description: "Secrets with the credentials of private registries, for the operator's pods.",
          items: { ...fields("A Secret.", { name: name("Name of the Secret.") }), required: ["name"] },
        },
      }),
      replicas: {
        type: "integer",
        minimum: 0,
        maximum: 10,
        description: "How many operators to run; one leads, the others stand by.",
      },
      resources: fields("Compute resources of the operator's pods, and of the Jobs'.", {
        requests: quantities("What the scheduler sets aside, by resource name."),
        limits: quantities("What may be used at most, by resource name."),
      }),
      watchNamespaces: {
        type: "array",
        uniqueItems: true,
        description: "The namespaces to look after, by Roles in these alone. Default: all, by a ClusterRole.",
        items: name("Name of a namespace."),
      },
      monitoring: fields("What Prometheus is told, where prometheus-operator is installed.", {
        enabled: {
          type: "boolean",
          description: "Whether to make a PodMonitor of the operator and a PrometheusRule with alerts.",
        },
      }),
      networkPolicy: fields("Walls around the operator's own pods.", {
        enabled: {
          type: "boolean",
          description: "Whether to make a NetworkPolicy of the operator.",
        },
      }),
      logLevel: { enum: ["debug", "info", "warn", "error"], description: "The least that is logged." },
      hitcounter: fields("A first HitCounter.", {
        enabled: { type: "boolean", description: "Whether to make it." },
        name: { ...name("Its name."), maxLength: 46 },
        namespace: { ...text("Its namespace. Default: the release's."), pattern: `^$|${NAME}` },
        spec: {
          ...hitCounterSpecSchema(),
          description: "What it should be: see kubectl explain hitcounter.spec.",
        },
        timeoutSeconds: {
          type: "integer",
          minimum: 1,
          maximum: 86_400,
          description: "How long Helm's hooks wait for it to be Ready, or gone, in seconds.",
        },
      }),
    }),
  };
}

interface Crd {
  spec: { versions: { schema: { openAPIV3Schema: { properties: { spec: Schema } } } }[] };
}

function hitCounterSpecSchema(): Schema {
  const [version] = (hitCounterCrd() as unknown as Crd).spec.versions;
  return asJsonSchema(version?.schema.openAPIV3Schema.properties.spec ?? {});
}

/** A structural schema in JSON Schema's own words: what is not known is refused, and what only the API server reads left out. */
function asJsonSchema(structural: Schema): Schema {
  const { default: _filledIn, format: _checkedThere, ...schema } = structural;
  const rules = (schema["x-kubernetes-validations"] ?? []) as { rule: string }[];
  for (const { rule } of rules) {
    const [, expression] = /^self\.matches\('(.*)'\)$/.exec(rule) ?? [];
    if (expression !== undefined) schema.pattern = expression;
  }
  if (schema.properties && !schema["x-kubernetes-preserve-unknown-fields"]) {
    schema.additionalProperties ??= false;
  }
  for (const word of Object.keys(schema)) if (word.startsWith("x-kubernetes-")) delete schema[word];
  for (const within of ["items", "additionalProperties"]) {
    if (typeof schema[within] === "object") schema[within] = asJsonSchema(schema[within] as Schema);
  }
  if (schema.properties) {
    schema.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([field, of]) => [field, asJsonSchema(of as Schema)]),
    );
  }
  return schema;
}
