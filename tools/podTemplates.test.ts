import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { z } from "zod";
import { hitCounterSpec } from "../operator/api/spec.ts";
import { readSettings } from "../operator/config.ts";
import { podTemplateSpecs } from "./podTemplateSpecs.ts";
import { podTemplatesNow, recorded, releasedVersions, undeclaredRestarts } from "./podTemplates.ts";

const root = join(import.meta.dirname, "..");
const read = (path: string) => readFile(join(root, path), "utf8");

it("an upgrade of the operator restarts no pod, unless the changelog says so", async () => {
  const byVersion = JSON.parse(await read("operator/desired/podTemplates.json"));
  expect(undeclaredRestarts(byVersion, podTemplatesNow(), await read("CHANGELOG.md"))).toEqual([]);
});

const now = podTemplatesNow();
const [name = ""] = Object.keys(now).filter((each) => each.endsWith("/counter"));
const before = { "1.0.0": { ...now, [name]: "another" } };
const changelog = (unreleased: string) =>
  `# Changelog\n\n## [Unreleased]\n${unreleased}\n## [1.0.0] - 2026-01-02\n\n- Restarts the counter pods: once.\n`;

describe("a template that is not as it was released", () => {
  it.each([
    ["is a restart without a word", "", ["counter"]],
    ["is declared by its line", "- Restarts the counter pods: they write less.\n", []],
    ["is not declared by a line on another part", "- Restarts the proxy pods: why not.\n", ["counter"]],
  ])("%s", (_title, unreleased, expected) => {
    expect(undeclaredRestarts(before, now, changelog(unreleased))).toEqual(expected);
  });

  it("is of no interest while nothing is released", () => {
    expect(undeclaredRestarts({}, now, "# Changelog\n\n## [Unreleased]\n")).toEqual([]);
  });

  it("can't be told where the release was not recorded", () => {
    expect(() => undeclaredRestarts({}, now, changelog(""))).toThrow("1.0.0 are not recorded");
  });
});

describe("what is recorded", () => {
  it("is what the version being prepared makes, and of released ones what they made", () => {
    expect(recorded({ ...before, "0.9.0": {} }, changelog(""), "1.1.0")).toEqual({ ...before, "1.1.0": now });
    expect(recorded(before, changelog(""), "1.0.0")).toEqual(before);
  });

  it("has versions with a date alone for released", () => {
    expect(
      releasedVersions(`## [Unreleased]\n## [1.1.0]\n## [1.0.0] - 2026-01-02\n## [0.9.0] - 2025-01-02\n`),
    ).toEqual(["1.0.0", "0.9.0"]);
  });
});

describe("the templates that are compared", () => {
  const parts = ["counter", "proxy", "redis"];
  const names = (part: string) => Object.keys(podTemplateSpecs).map((spec) => `${spec}/${part}`);

  it("are those of the three parts of each spec, and differ between little and much", () => {
    expect(Object.keys(now).sort()).toEqual(parts.flatMap(names).sort());
    for (const part of parts) {
      expect(now[`as little as can be/${part}`]).not.toBe(now[`as much as can be/${part}`]);
    }
  });

  it("change with the image that the operator takes where none is set", () => {
    const changed = podTemplatesNow(readSettings({ REDIS_IMAGE: "example.com/redis:next" }));
    expect(Object.keys(now).filter((each) => changed[each] !== now[each])).toEqual(
      names("redis").filter((each) => each !== "as much as can be/redis"),
    );
  });

  it("are made from specs that set every field, and each value of those that have but a few", () => {
    const schema = z.toJSONSchema(hitCounterSpec, { io: "input" }) as Schema;
    const seen = new Set(Object.values(podTemplateSpecs).flatMap((spec) => valuesIn(schema, spec)));
    expect(valuesOf(schema).filter((value) => !seen.has(value))).toEqual([]);
  });
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
