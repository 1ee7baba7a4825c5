import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { bundle, type ProgramName, programs } from "../../tools/bundle.ts";
import { hashOf } from "../cache.ts";
import type { Engine } from "../engine.ts";
import type { Progress } from "../progress.ts";
import { run, tryRun } from "../shell.ts";
import { ensureBaseImages } from "./base.ts";

/** The product's images, as the engine knows them. */
export interface ProductImages {
  operator: string;
  /** The counter's image without its tag; the tags are the versions. */
  counterRepository: string;
  counterVersions: string[];
  /** What gives Services of the development cluster their address, if its source is there. */
  loadBalancer?: string;
  redis: string;
  nginx: string;
  /** All of the above, with their tags. */
  all: string[];
}

/** What to build. */
export interface ProductOptions {
  /** The counter's versions. Default: the one of package.json. */
  versions?: readonly string[];
  /** The operator's version. Default: the one of package.json. */
  operatorVersion?: string;
}

interface Build {
  program: ProgramName;
  dockerfile: string;
  tag: string;
  version: string;
}

const root = join(import.meta.dirname, "../..");
const REPOSITORY = "localhost/hitcounter";
/** Tells what an image was built of, so that the same is not built again. */
const SOURCE_LABEL = "dev.hitcounter.source";

/** Builds the product's images; one whose source is unchanged is left as it is. */
export async function buildProductImages(
  engine: Engine,
  progress: Progress,
  options: ProductOptions = {},
): Promise<ProductImages> {
  const { node, redis, nginx } = await ensureBaseImages(engine, progress);
  const own = await packageVersion();
  const versions = [...new Set(options.versions ?? [own])];
  const builds = wantedBuilds(versions, options.operatorVersion ?? own);
  const source = await sourceHash();
  const label = (build: Build) => `${source}-${build.version}-${node}`;
  const labels = await Promise.all(builds.map(({ tag }) => sourceOf(engine, tag)));
  const stale = builds.filter((build, index) => labels[index] !== label(build));
  if (stale.length > 0) {
    await progress.step("Bundling the programs", () =>
      bundle([...new Set(stale.map(({ program }) => program))]),
    );
    for (const build of stale) {
      await progress.step(`Building ${build.tag}`, () => buildImage(engine, build, node, label(build)));
    }
  }
  const tagOf = (program: ProgramName) => builds.find((build) => build.program === program)?.tag;
  const loadBalancer = tagOf("loadBalancer");
  return {
    operator: tagOf("operator") ?? "",
    counterRepository: `${REPOSITORY}/counter`,
    counterVersions: versions,
    ...(loadBalancer === undefined ? {} : { loadBalancer }),
    redis,
    nginx,
    all: [...builds.map(({ tag }) => tag), redis, nginx],
  };
}

/** The version in package.json. */
export async function packageVersion(): Promise<string> {
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
  return version;
}

function wantedBuilds(versions: readonly string[], operatorVersion: string): Build[] {
  const operator: Build = {
    program: "operator",
    dockerfile: "Dockerfile.operator",
    tag: `${REPOSITORY}/operator:${operatorVersion}`,
    version: operatorVersion,
  };
  const counters = versions.map((version): Build => {
    const tag = `${REPOSITORY}/counter:${version}`;
    return { program: "counter", dockerfile: "Dockerfile.counter", tag, version };
  });
  const loadBalancer: Build = {
    program: "loadBalancer",
    dockerfile: "cluster/loadBalancer/Dockerfile",
    tag: `${REPOSITORY}/load-balancer:${operatorVersion}`,
    version: operatorVersion,
  };
  const hasLoadBalancer = existsSync(join(root, programs.loadBalancer));
  return [operator, ...counters, ...(hasLoadBalancer ? [loadBalancer] : [])];
}

/** A hash of all that shapes the bundles and images, the base image excepted. */
async function sourceHash(): Promise<string> {
  const folders = ["operator", "counter", "cluster/loadBalancer"].map((name) => join(root, name));
  const lists = await Promise.all(folders.filter((folder) => existsSync(folder)).map(sourcesBelow));
  const single = ["Dockerfile.operator", "Dockerfile.counter", "tools/bundle.ts", "package-lock.json"];
  const files = [...lists.flat(), ...single.map((name) => join(root, name))].sort();
  const names = files.map((file) => relative(root, file));
  return await hashOf(files, names);
}

async function sourcesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".test.ts"))
    .map((entry) => join(entry.parentPath, entry.name));
}

async function sourceOf(engine: Engine, tag: string): Promise<string | undefined> {
  const format = `{{ index .Config.Labels "${SOURCE_LABEL}" }}`;
  const asked = await tryRun(engine.command, ["image", "inspect", "--format", format, tag], {
    env: engine.env,
  });
  return asked.code === 0 ? asked.stdout.trim() : undefined;
}

/** Builds one image; the one that had its tag before goes, unless something still uses it. */
async function buildImage(engine: Engine, build: Build, node: string, label: string): Promise<void> {
  const { env, command } = engine;
  const options = { env, cwd: root };
  const before = await tryRun(command, ["image", "inspect", "--format", "{{ .Id }}", build.tag], options);
  await run(
    command,
    [
      "build",
      "--quiet",
      ...["--file", build.dockerfile],
      ...["--build-arg", `NODE_IMAGE=${node}`],
      ...["--build-arg", `VERSION=${build.version}`],
      ...["--label", `${SOURCE_LABEL}=${label}`],
      ...["--tag", build.tag],
      ".",
    ],
    options,
  );
  if (before.code === 0) {
    const after = await run(command, ["image", "inspect", "--format", "{{ .Id }}", build.tag], options);
    if (after.trim() !== before.stdout.trim()) {
      await tryRun(command, ["image", "rm", before.stdout.trim()], options);
    }
  }
}
