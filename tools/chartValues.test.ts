import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { chartValuesSchema } from "./chartValuesSchema.ts";

interface Schema {
  properties?: Record<string, Schema>;
}

const root = join(import.meta.dirname, "..");
const read = (path: string) => readFile(join(root, path), "utf8");
/** Where a value is not looked into. */
const WHOLE = new Set(["resources", "hitcounter.spec", "global"]);

const pathsIn = (value: unknown, path = ""): string[] =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !WHOLE.has(path)
    ? Object.entries(value).flatMap(([name, inner]) => pathsIn(inner, path === "" ? name : `${path}.${name}`))
    : [path];
const pathsOf = ({ properties }: Schema, path = ""): string[] =>
  properties && !WHOLE.has(path)
    ? Object.entries(properties).flatMap(([name, inner]) =>
        pathsOf(inner, path === "" ? name : `${path}.${name}`),
      )
    : [path];

describe("the chart's values", () => {
  it("are those that the schema takes, and stand in docs/reference/chart.md with their defaults", async () => {
    const values = parse(await read("charts/hitcounter/values.yaml"));
    const paths = pathsIn(values).sort();
    expect(
      pathsOf(chartValuesSchema())
        .filter((path) => path !== "global")
        .sort(),
    ).toEqual(paths);
    const docs = await read("docs/reference/chart.md");
    const [, table = ""] = /\| Value \| Default \| Meaning \|\n\|.*\n((?:\|.*\n)*)/.exec(docs) ?? [];
    const told = [...table.matchAll(/^\| (.*?) \|/gm)].flatMap(([, cell = ""]) =>
      [...cell.matchAll(/`([^`]*)`/g)].map(([, name = ""]) => name),
    );
    expect(told.sort()).toEqual(paths);
    for (const [path, value] of [
      ["images.registry", values.images.registry],
      ["images.pullPolicy", values.images.pullPolicy],
      ["replicas", values.replicas],
      ["logLevel", values.logLevel],
      ["hitcounter.enabled", values.hitcounter.enabled],
      ["hitcounter.timeoutSeconds", values.hitcounter.timeoutSeconds],
    ]) {
      expect(table).toContain(`| \`${path}\` | \`${value}\` |`);
    }
  });
});
