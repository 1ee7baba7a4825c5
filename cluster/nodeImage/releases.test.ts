import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { modFileOf, RELEASES, SOURCES, wantedRelease } from "./releases.ts";

describe("each release", () => {
  test.each(RELEASES)("$minor has its modules, all of them of $version", async (release) => {
    const text = await readFile(modFileOf(release), "utf8");
    const staged = release.version.replace(/^v1\./, "v0.");
    expect(/^\tk8s\.io\/kubernetes (\S+)$/m.exec(text)?.[1]).toBe(release.version);
    const replaced = [...text.matchAll(/^\t(k8s\.io\/\S+) => (\S+) (\S+)$/gm)];
    expect(replaced.length).toBeGreaterThan(20);
    for (const [, module, by, version] of replaced) expect([module, version]).toEqual([by, staged]);
    expect(existsSync(modFileOf(release).replace(/mod$/, "sum"))).toBe(true);
  });

  test.each(RELEASES)("$minor is what its versions say", ({ minor, version, official }) => {
    for (const it of [version, official])
      expect(it).toMatch(new RegExp(`^v${minor.replace(".", "\\.")}\\.\\d+$`));
  });

  test("has no modules without it", async () => {
    const files = (await readdir(join(SOURCES, "releases"))).filter((name) => name.endsWith(".mod"));
    expect(files.sort()).toEqual(RELEASES.map(({ minor }) => `${minor}.mod`).sort());
  });
});

describe("the wanted release", () => {
  const [first] = RELEASES;
  const last = RELEASES.at(-1);

  test("is the first unless one is asked for", () => {
    expect(wantedRelease(undefined, {})).toBe(first);
    expect(wantedRelease(undefined, { KUBERNETES_VERSION: "" })).toBe(first);
  });

  test("is the one that the option names, else the one that the environment names", () => {
    expect(wantedRelease(undefined, { KUBERNETES_VERSION: last?.minor })).toBe(last);
    expect(wantedRelease(last?.version, { KUBERNETES_VERSION: first.minor })).toBe(last);
  });

  test("is refused by the name it was given, with those that there are", () => {
    const known = RELEASES.map(({ minor }) => minor).join(", ");
    expect(() => wantedRelease("1.20", {})).toThrow(
      `--kubernetes must be a minor of Kubernetes that is built here (${known}), not 1.20`,
    );
    expect(() => wantedRelease(undefined, { KUBERNETES_VERSION: "latest" })).toThrow(
      "KUBERNETES_VERSION must be a minor of Kubernetes",
    );
  });
});
