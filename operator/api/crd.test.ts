import { describe, expect, it } from "@jest/globals";
import { hitCounterCrd } from "./crd.ts";
import { hitCounterSpec } from "./spec.ts";

const schema = JSON.parse(JSON.stringify(hitCounterCrd())).spec.versions[0].schema.openAPIV3Schema;
const spec = schema.properties.spec.properties;

/** Every node of a schema, with its path. */
function* nodes(node: Record<string, unknown>, path = "spec"): Generator<[string, Record<string, unknown>]> {
  yield [path, node];
  for (const [name, child] of Object.entries(
    (node.properties as Record<string, Record<string, unknown>>) ?? {},
  )) {
    yield* nodes(child, `${path}.${name}`);
  }
  if (node.items) yield* nodes(node.items as Record<string, unknown>, `${path}[]`);
}

describe("the CRD", () => {
  it("asks for spec.version and for nothing else, but in what a user has chosen to write", () => {
    expect(schema.properties.spec.required).toEqual(["version"]);
    for (const [path, node] of nodes(schema.properties.spec)) {
      if (path !== "spec" && "default" in node) expect([path, node.required]).toEqual([path, undefined]);
    }
  });

  it("describes every field", () => {
    for (const [path, node] of [
      ...nodes(schema.properties.spec),
      ...nodes(schema.properties.status, "status"),
    ]) {
      if (!path.endsWith("[]")) expect([path, typeof node.description]).toEqual([path, "string"]);
    }
  });

  it("has only words that a structural schema may have", () => {
    const allowed =
      /^(type|description|default|properties|items|additionalProperties|required|enum|minimum|maximum|minLength|maxLength|maxItems|maxProperties|pattern|format|anyOf|x-kubernetes-.*)$/;
    for (const [path, node] of nodes(schema.properties.spec)) {
      for (const word of Object.keys(node))
        expect(`${path}: ${word}`).toMatch(new RegExp(`: ${allowed.source.slice(1)}`));
    }
  });

  it("has no empty properties, which the API server drops", () => {
    expect(JSON.stringify(schema)).not.toContain('"properties":{}');
  });

  it("fills in the defaults that zod does", () => {
    const fill = (node: Record<string, unknown>, value: unknown): unknown => {
      const filled = structuredClone(value === undefined ? node.default : value);
      const properties = Object.entries((node.properties as Record<string, Record<string, unknown>>) ?? {});
      if (typeof filled === "object" && filled !== null) {
        for (const [name, child] of properties) {
          const inner = fill(child, (filled as Record<string, unknown>)[name]);
          if (inner !== undefined) (filled as Record<string, unknown>)[name] = inner;
        }
      }
      return filled;
    };
    const given = { version: "1.0.0", proxy: { service: { name: "proxy" } } };
    expect(fill(schema.properties.spec, given)).toEqual(hitCounterSpec.parse(given));
  });

  it("gives numbers and percentages Kubernetes' own type", () => {
    expect(spec.counter.properties.strategy.properties.maxSurge).toMatchObject({
      "x-kubernetes-int-or-string": true,
      default: 1,
    });
  });
});
