import { hitCounterCrd } from "../../operator/api/crd.ts";
import { API_VERSION, KIND } from "../../operator/api/hitCounter.ts";
import { code, page, plain, table } from "./page.ts";

/** As much of a structural schema as the page tells. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-validations"?: readonly Rule[];
}

interface Rule {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
}

interface Column {
  readonly name: string;
  readonly jsonPath: string;
  readonly description?: string;
  readonly priority?: number;
}

/** What the page reads of the CustomResourceDefinition. */
interface Crd {
  readonly spec: {
    readonly versions: readonly [
      { readonly schema: { readonly openAPIV3Schema: Schema }; readonly additionalPrinterColumns: Column[] },
    ];
  };
}

/** docs/reference/api.md: every field of a HitCounter, as the API server knows it. */
export function apiPage(): string {
  const [{ schema, additionalPrinterColumns: columns }] = (hitCounterCrd() as unknown as Crd).spec.versions;
  const root = schema.openAPIV3Schema;
  const { spec = {}, status = {} } = root.properties ?? {};
  return page(
    "API",
    "`operator/api`",
    `${code(API_VERSION)}, kind ${code(KIND)}, short name ${code("hc")}, in a namespace. ${root.description}`,
    "`kubectl explain hitcounter.spec` tells the same in a terminal, and\n" +
      "[samples/hitcounter-full.yaml](../../samples/hitcounter-full.yaml) has every field with its default. Only\n" +
      "`spec.version` must be given. What is refused is refused at `kubectl apply`, in the sentences below.",
    "## Rules on the whole",
    rulesOf(root),
    "## Columns of kubectl get",
    table(
      ["Column", "From", "Meaning"],
      columns.map(({ name, jsonPath, description = "", priority }) => [
        name.toUpperCase() + (priority ? " (`-o wide`)" : ""),
        code(jsonPath),
        description,
      ]),
    ),
    ...sections("spec", spec),
    "What the status means, and what to do, stands in [status-and-events.md](status-and-events.md).",
    ...sections("status", status),
  );
}

/** A heading, the fields and the rules of an object, then those of the objects in it. */
function sections(path: string, schema: Schema): string[] {
  const fields = Object.entries(schema.properties ?? {});
  const rules = ruled(path, schema);
  return [
    `## ${path}`,
    ...(schema.description ? [schema.description] : []),
    table(
      ["Field", "Type", "Default", "Meaning"],
      fields.map(([name, field]) => [
        code(name) + (schema.required?.includes(name) ? " (required)" : ""),
        typeOf(field, `${path}.${name}`),
        defaultOf(field),
        field.description ?? "",
      ]),
    ),
    ...(rules.length > 0 ? ["Rules:", rules.join("\n")] : []),
    ...fields.flatMap(([name, field]) => inner(`${path}.${name}`, field)),
  ];
}

function inner(path: string, field: Schema): string[] {
  if (hasFields(field)) return sections(path, field);
  return field.items && hasFields(field.items) ? sections(`${path}[]`, field.items) : [];
}

const hasFields = ({ properties = {} }: Schema) => Object.keys(properties).length > 0;

/** The rules of an object and of those of its fields that have no section of their own. */
const ruled = (path: string, schema: Schema): string[] => [
  ...ruleLines(schema),
  ...Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
    inner(`${path}.${name}`, field).length > 0 && hasFields(field)
      ? []
      : [...ruleLines(field), ...(field.items && !hasFields(field.items) ? ruleLines(field.items) : [])],
  ),
];

const rulesOf = (schema: Schema) => ruleLines(schema).join("\n");

const ruleLines = ({ "x-kubernetes-validations": rules = [] }: Schema): string[] =>
  rules.map(({ rule, message, messageExpression }) =>
    [`- ${message === undefined ? code(messageExpression ?? "") : plain(message)}`, `  ${code(rule)}`].join(
      "\\\n",
    ),
  );

function typeOf(field: Schema, path: string): string {
  if (hasFields(field)) return `[object](#${anchor(path)})`;
  if (field.enum) return field.enum.map((value) => code(String(value))).join(", ");
  if (field.items) {
    const of = hasFields(field.items) ? `[objects](#${anchor(`${path}[]`)})` : typeOf(field.items, path);
    return `list of ${of}${atMost(field.maxItems, "items")}`;
  }
  if (field.additionalProperties) {
    return `map to ${typeOf(field.additionalProperties, path)}${atMost(field.maxProperties, "keys")}`;
  }
  if (field["x-kubernetes-int-or-string"]) return `whole number or text${matching(field)}`;
  if (field.type === "integer") return `whole number${bounds(field)}`;
  if (field.type === "string") {
    return field.format ? field.format : `text${atMost(field.maxLength, "characters")}${matching(field)}`;
  }
  return field.type === "object" ? "as in a pod" : (field.type ?? "");
}

const anchor = (path: string) => path.replace(/[.[\]]/g, "").toLowerCase();
const atMost = (most: number | undefined, what: string) =>
  most === undefined ? "" : `, ${most} ${what} at most`;
const matching = ({ pattern }: Schema) => (pattern === undefined ? "" : `, matching ${code(pattern)}`);

function bounds({ minimum, maximum }: Schema): string {
  if (minimum === undefined || minimum === Number.MIN_SAFE_INTEGER) return "";
  return maximum === undefined ? `, ${minimum} or more` : `, ${minimum} to ${maximum}`;
}

/** The default of an object that has fields stands with these. */
const defaultOf = (field: Schema) =>
  field.default === undefined || (hasFields(field) && !isWhole(field))
    ? ""
    : code(JSON.stringify(field.default));

/** Whether an object's default is its own, as of resources, and not made up of those of its fields. */
const isWhole = ({ properties = {} }: Schema) =>
  Object.values(properties).every((property) => property.default === undefined);
