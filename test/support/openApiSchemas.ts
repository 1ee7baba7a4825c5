/** What an API server answers to /openapi/v2, as far as schemas are made of it. */
export interface OpenApi {
  readonly definitions: Readonly<Record<string, Schema>>;
}

/** A JSON schema, in the words of OpenAPI. */
export interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly "x-kubernetes-group-version-kind"?: readonly GroupVersionKind[];
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly [more: string]: unknown;
}

interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** The file of all definitions, to which the others lead. */
const DEFINITIONS = "_definitions.json";

/** Where kubeconform is to look for a kind's file, below a folder. */
export const SCHEMA_PATH = "{{ .ResourceKind }}{{ .KindSuffix }}.json";

const numberOrText = { oneOf: [{ type: "string" }, { type: "number" }] };

/**
 * Schemas for kubeconform of all that an API server knows, by the names of their files. They take no field that the API
 * server does not know, which it would silently leave out.
 */
export function schemasOf({ definitions }: OpenApi): Map<string, object> {
  const strict = Object.fromEntries(
    Object.entries(definitions).map(([name, schema]) => [name, strictly(schema, name)]),
  );
  const schemas = new Map<string, object>([[DEFINITIONS, { definitions: strict }]]);
  for (const [name, schema] of Object.entries(definitions)) {
    for (const { group, version, kind } of schema["x-kubernetes-group-version-kind"] ?? []) {
      const file = [kind, ...(group === "" ? [] : [group.split(".")[0]]), version].join("-").toLowerCase();
      schemas.set(`${file}.json`, { $ref: `${DEFINITIONS}#/definitions/${name}` });
    }
  }
  return schemas;
}

function strictly(schema: Schema, name = ""): object {
  if (schema["x-kubernetes-int-or-string"] || schema.format === "int-or-string") return numberOrText;
  if (name.endsWith("api.resource.Quantity")) return numberOrText;
  const { properties, items, additionalProperties, "x-kubernetes-group-version-kind": _, ...rest } = schema;
  const isOpen = schema["x-kubernetes-preserve-unknown-fields"] === true;
  return {
    ...rest,
    ...(schema.$ref !== undefined && { $ref: schema.$ref }),
    ...(items && { items: strictly(items) }),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([field, each]) => [field, strictly(each)]),
      ),
      ...(!isOpen && { additionalProperties: false }),
    }),
    ...(typeof additionalProperties === "object" && {
      additionalProperties: strictly(additionalProperties),
    }),
  };
}
