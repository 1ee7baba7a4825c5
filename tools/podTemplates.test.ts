import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { exampleSpecs } from "../operator/api/exampleSpecs.ts";
import { readSettings } from "../operator/config.ts";
import { podTemplatesNow, recorded, releasedVersions, undeclaredRestarts } from "./podTemplates.ts";

const root = join(import.meta.dirname, "..");
const read = (path: string) => readFile(join(root, path), "utf8");

it("an upgrade of the operator restarts no pod, unless the changelog says so", async () => {
  const byVersion = JSON.parse(await read("tools/podTemplates.json"));
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
  const names = (part: string) => Object.keys(exampleSpecs).map((spec) => `${spec}/${part}`);

  it("are those of the three parts of each spec, and differ between little and much", () => {
    const exporters = ["exporter", "exporter-nginx"].map((part) => `as much as can be/${part}`);
    expect(Object.keys(now).sort()).toEqual([...parts.flatMap(names), ...exporters].sort());
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
});
