import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { advisoriesInWords, findAdvisories } from "./advisories.ts";

const PACKAGE = {
  name: "trial",
  version: "1.0.0",
  dependencies: { left: "1.2.3" },
  devDependencies: { tool: "1.0.0" },
};
const LOCK = {
  ...{ name: "trial", version: "1.0.0", lockfileVersion: 3, requires: true },
  packages: {
    "": PACKAGE,
    "node_modules/left": { version: "1.2.3" },
    "node_modules/tool": { version: "1.0.0", dev: true },
  },
};
const advisory = (title: string) => ({
  ...{ id: 1, url: "https://example.com/1", title, severity: "high", vulnerable_versions: "<2.0.0" },
  ...{ cwe: [], cvss: { score: 7, vectorString: null } },
});

/** What a registry has of a package: npm looks which of its versions an advisory is about. */
const documentOf = (name: string) => ({
  ...{ name, "dist-tags": { latest: "1.2.3" } },
  versions: { "1.2.3": { name, version: "1.2.3", dist: { tarball: "https://example.com/left.tgz" } } },
});

/** A registry of npm's on this machine, and what it says to whoever asks for advisories. */
let registry: Server;
let answer: { status: number; body: object };
let folder: string;
let env: Record<string, string>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hitcounter-audit-"));
  await writeFile(join(folder, "package.json"), JSON.stringify(PACKAGE));
  await writeFile(join(folder, "package-lock.json"), JSON.stringify(LOCK));
  registry = createServer(({ method, url = "/" }, response) => {
    const { status, body } = method === "POST" ? answer : { status: 200, body: documentOf(url.slice(1)) };
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => registry.listen(0, "127.0.0.1", resolve));
  const { port } = registry.address() as AddressInfo;
  env = { npm_config_registry: `http://127.0.0.1:${port}/`, npm_config_cache: join(folder, "cache") };
});
afterEach(async () => {
  registry.close();
  await rm(folder, { recursive: true, force: true });
});

describe("findAdvisories", () => {
  it("tells what the registry knows of packages that are no tools", async () => {
    answer = { status: 200, body: { left: [advisory("Wrong turns")], tool: [advisory("Blunt")] } };
    expect(await findAdvisories(folder, env)).toEqual(["left, high: Wrong turns (https://example.com/1)"]);
  });

  it("tells of nothing where the registry knows of nothing", async () => {
    answer = { status: 200, body: {} };
    expect(await findAdvisories(folder, env)).toEqual([]);
  });

  it("does not take a registry that takes no such question for one that knows of nothing", async () => {
    answer = { status: 405, body: {} };
    expect(await findAdvisories(folder, env)).toBeUndefined();
  });
});

describe("a release", () => {
  const known = ["left, high: Wrong turns"];

  it("is refused where weaknesses are known, unless it is made despite them", () => {
    expect(() => advisoriesInWords(known, false)).toThrow(/left, high: Wrong turns\n.*--despite-advisories/);
    expect(advisoriesInWords(known, true)).toContain("despite what npm's registry knows:\n  left, high");
  });

  it("tells nobody that it was audited where it was not", () => {
    expect(advisoriesInWords(undefined, false)).toContain("NOTHING was audited");
    expect(advisoriesInWords([], false)).toContain("knows of no weakness");
  });
});
