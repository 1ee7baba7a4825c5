import { createRequire } from "node:module";
import { join } from "node:path";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { packagesIn } from "../../bundle.ts";
import type { Component } from "./cycloneDx.ts";
import { sboms } from "./sboms.ts";

const root = join(import.meta.dirname, "../../..");
const EPOCH = 2_000_000_000;
const release = { version: "1.2.3", registry: "registry.example.com" };
const base = { name: "gcr.io/distroless/node", tag: "nonroot", digest: `sha256:${"a1".repeat(32)}` };
const { dependencies } = createRequire(import.meta.url)("../../../package.json") as {
  dependencies: Record<string, string>;
};

interface Bom {
  serialNumber: string;
  metadata: { timestamp: string; component: Component };
  components: Component[];
  dependencies: { ref: string; dependsOn: string[] }[];
  compositions: { aggregate: string; assemblies: string[] }[];
}
let made: Map<string, string>;
const bom = (name: string) => JSON.parse(made.get(`hitcounter-${name}.cdx.json`) ?? "") as Bom;
const namesIn = ({ components }: Bom) => components.map(({ name, version }) => `${name} ${version}`).sort();

beforeAll(async () => {
  made = await sboms(root, release, base, EPOCH);
}, 60_000);

describe("the bills of materials of a release", () => {
  it("are as the schema of CycloneDX 1.6 wants them, strictly", async () => {
    const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
    expect([...made.keys()].sort()).toEqual(
      ["counter", "npm", "operator"].map((name) => `hitcounter-${name}.cdx.json`),
    );
    for (const text of made.values()) expect(await validator.validate(text)).toBeNull();
    // It would find what is wrong.
    const wrong = (made.get("hitcounter-npm.cdx.json") ?? "").replace('"type": "library"', '"type": "book"');
    expect(await validator.validate(wrong)).not.toBeNull();
  });

  it("are the same bytes again, and others where something is another", async () => {
    expect(await sboms(root, release, base, EPOCH)).toEqual(made);
    const later = await sboms(root, { ...release, version: "1.2.4" }, base, EPOCH);
    expect(later.get("hitcounter-counter.cdx.json")).not.toBe(made.get("hitcounter-counter.cdx.json"));
    expect(bom("operator").serialNumber).not.toBe(bom("counter").serialNumber);
    expect(bom("npm").metadata.timestamp).toBe("2033-05-18T03:33:20Z");
  });

  it.each(["operator", "counter"] as const)(
    "list what is bundled in the %s, each with licence and hash",
    async (name) => {
      const bundled = await packagesIn(name);
      const listed = bom(name);
      const libraries = listed.components.filter(({ type }) => type === "library");
      expect(libraries.map((each) => `${each.name} ${each.version}`).sort()).toEqual(
        bundled.map((each) => `${each.name} ${each.version}`).sort(),
      );
      for (const { licenses = [], hashes = [], purl } of libraries) {
        expect([licenses.length, hashes[0]?.content.length, purl]).toEqual([
          1,
          128,
          expect.stringMatching(/^pkg:npm\//),
        ]);
      }
      const needs = listed.dependencies.find(({ ref }) => ref.endsWith("/bundle"))?.dependsOn ?? [];
      expect(needs.length).toBeGreaterThan(2);
      expect(
        needs.map((ref) =>
          ref
            .slice("pkg:npm/".length)
            .replace(/@[^@]+$/, "")
            .replace("%40", "@"),
        ),
      ).toEqual(expect.arrayContaining(["prom-client", "zod"]));
    },
  );

  it("name the base image by its digest, and say that they do not list what is in it", () => {
    const listed = bom("operator");
    expect(listed.components).toContainEqual(
      expect.objectContaining({
        ...{ type: "container", name: base.name, version: base.digest },
        hashes: [{ alg: "SHA-256", content: "a1".repeat(32) }],
      }),
    );
    expect(listed.compositions).toContainEqual({ aggregate: "unknown", assemblies: [base.name] });
  });

  it("say so where nobody knows which base image it is", async () => {
    const text = (await sboms(root, release, { ...base, digest: undefined }, EPOCH)).get(
      "hitcounter-counter.cdx.json",
    );
    const { components } = JSON.parse(text ?? "") as Bom;
    const from = components.find(({ type }) => type === "container");
    expect(from).toMatchObject({ version: "nonroot" });
    expect(from?.properties).toContainEqual({ name: "hitcounter:base:pinned", value: "false" });
    expect([from?.purl, from?.hashes]).toEqual([undefined, undefined]);
  });

  it("have the whole npm tree, and tell apart what is in an image", () => {
    const { components, metadata, dependencies: needs } = bom("npm");
    expect(components.length).toBeGreaterThan(300);
    const scopes = Object.fromEntries(components.map(({ name, scope }) => [name, scope]));
    expect(scopes).toMatchObject({
      zod: "required",
      ioredis: "required",
      jest: "excluded",
      esbuild: "excluded",
    });
    for (const name of Object.keys(dependencies)) expect(scopes[name]).toBe("required");
    expect(namesIn({ components } as Bom)).toEqual([...new Set(namesIn({ components } as Bom))]);
    // Everything in it is there for something.
    const needed = new Set(needs.flatMap(({ dependsOn }) => dependsOn));
    const stray = components.filter((each) => !needed.has(each["bom-ref"]));
    expect([metadata.component.name, stray.map(({ name }) => name)]).toEqual(["hitcounter", []]);
  });
});
