import { expect, it } from "@jest/globals";
import { z } from "zod";
import { exampleSpecs } from "./exampleSpecs.ts";
import { hitCounterSpec } from "./spec.ts";

const schema = z.toJSONSchema(hitCounterSpec, { io: "input" }) as Schema;

it.each(Object.entries(exampleSpecs))("%s has no field that the schema lacks", (_name, spec) => {
  expect(hitCounterSpec.parse(spec)).toMatchObject(spec);
});

it("the example specs set every field, and each value of those that have but a few", () => {
  const seen = new Set(Object.values(exampleSpecs).flatMap((spec) => valuesIn(schema, spec)));
  expect(valuesOf(schema).filter((value) => !seen.has(value))).toEqual([]);
});

/** What excludes another field, which that one sets. */
const EXCLUDED = ["spec.redis.auth.secretName"];

it("one of them sets every field by itself", () => {
  const fieldsOf = (values: string[]) => new Set(values.map((value) => value.split("=")[0]));
  const set = fieldsOf(valuesIn(schema, exampleSpecs["as much as can be"]));
  expect([...fieldsOf(valuesOf(schema))].filter((field) => !set.has(field))).toEqual(EXCLUDED);
});

interface Schema {
  type?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  enum?: string[];
}

const choicesOf = ({ type, enum: choices }: Schema) =>
  choices ?? (type === "boolean" ? [true, false] : undefined);

/** Every field of a schema, or each value it may have: `paused=true`. */
function valuesOf(schema: Schema, path = "spec"): string[] {
  const { properties, items } = schema;
  if (items) return valuesOf(items, `${path}[]`);
  const inner = Object.entries(properties ?? {}).flatMap(([name, field]) =>
    valuesOf(field, `${path}.${name}`),
  );
  if (inner.length > 0) return inner;
  return choicesOf(schema)?.map((choice) => `${path}=${choice}`) ?? [path];
}

/** Those of them that a value has. */
function valuesIn(schema: Schema, value: unknown, path = "spec"): string[] {
  if (value === undefined) return [];
  const { properties, items } = schema;
  if (items) return (value as unknown[]).flatMap((item) => valuesIn(items, item, `${path}[]`));
  const fields = Object.entries(properties ?? {});
  if (fields.length === 0) return [choicesOf(schema) ? `${path}=${value}` : path];
  return fields.flatMap(([name, field]) =>
    valuesIn(field, (value as Record<string, unknown>)[name], `${path}.${name}`),
  );
}
