import { describe, expect, it } from "@jest/globals";
import { hitCounterCrd } from "../../operator/api/crd.ts";
import { apiPage } from "./api.ts";
import { plain, table } from "./page.ts";

/** Every value under a key, however deep. */
const allOf = (key: string, within: unknown): unknown[] =>
  typeof within === "object" && within !== null
    ? Object.entries(within).flatMap(([name, value]) => [
        ...(name === key ? [value] : []),
        ...allOf(key, value),
      ])
    : [];

describe("the page on the API", () => {
  const page = apiPage();

  it("has every field of spec and status", () => {
    const fields = allOf("properties", hitCounterCrd()).flatMap((properties) =>
      Object.keys(properties as object),
    );
    const missing = fields.filter((name) => !["apiVersion", "kind", "metadata"].includes(name));
    expect(
      missing.filter((name) => !page.includes(`| \`${name}\``) && !page.includes(`## ${name}\n`)),
    ).toEqual([]);
  });

  it("has every sentence with which the API server refuses", () => {
    const rules = allOf("x-kubernetes-validations", hitCounterCrd()).flatMap((list) =>
      allOf("message", list),
    );
    expect(rules.length).toBeGreaterThan(20);
    expect(rules.filter((message) => !page.includes(plain(String(message))))).toEqual([]);
  });
});

describe("a table", () => {
  it("takes cells as they are, whatever they have in them", () => {
    expect(table(["A", "B"], [["a|b", "`<x>` <y>\nz"]])).toBe(
      "| A | B |\n| --- | --- |\n| a\\|b | `<x>` &lt;y> z |",
    );
  });
});
