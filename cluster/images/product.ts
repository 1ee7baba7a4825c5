import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { bundle, type ProgramName } from "../../tools/bundle.ts";
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
  redis: string;
  nginx: string;
  "redis-exporter": string;
  "nginx-exporter": string;
  /** All of the above, with their tags. */
  all: string[];
}

/** What to build. */
export interface ProductOptions {
  /** The counter's versions. Default: the one of package.json. */
  versions?: readonly string[];
}

interface Build {
  program: ProgramName;
  dockerfile: string;
  tag: string;
  version: string;
}

/** What each program is made of, so that a change of one leaves the images of the others as they are. */
const sources: Record<ProgramName, readonly string[]> = {
  operator: ["operator", "counter/contract.ts"],
  counter: ["counter"],
};

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
  const { node, ...ready } = await ensureBaseImages(engine, progress);
  const own = await packageVersion();
  const versions = [...new Set(options.versions ?? [own])];
  const builds = wantedBuilds(versions, own);
  const labelled = await Promise.all(
    builds.map(async (build) => {
      const [hash, built] = await Promise.all([sourceHash(build, node), sourceOf(engine, build.tag)]);
      return { build, hash, current: built === hash };
    }),
  );
  const stale = labelled.filter(({ current }) => !current);
  if (stale.length > 0) {
    const names = [...new Set(stale.map(({ build }) => build.program))];
    await progress.step(`Bundling ${names.join(", ")}`, () => bundle(names));
    for (const { build, hash } of stale) {
      await progress.step(`Building ${build.tag}`, () => buildImage(engine, build, node, hash));
    }
  }
  const tagOf = (program: ProgramName) => builds.find((build) => build.program === program)?.tag;
  return {
    operator: tagOf("operator") ?? "",
    counterRepository: `${REPOSITORY}/counter`,
    counterVersions: versions,
    ...ready,
    all: [...builds.map(({ tag }) => tag), ...Object.values(ready)],
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
  return [operator, ...counters];
}

/** A hash of all that shapes an image. */
async function sourceHash({ program, dockerfile, version }: Build, node: string): Promise<string> {
  const paths = [
    ...sources[program],
    dockerfile,
    "tools/bundle.ts",
    "tools/licences",
    "LICENSE",
    "package-lock.json",
  ];
  const files = (await Promise.all(paths.map((path) => filesOf(join(root, path))))).flat().sort();
  const names = files.map((file) => relative(root, file));
  return await hashOf(files, names, version, node);
}

/** The file itself, or those below the folder that are not for tests. */
async function filesOf(path: string): Promise<string[]> {
  if ((await stat(path)).isFile()) {
    return [path];
  }
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter(
      (entry) => entry.isFile() && !entry.name.endsWith(".test.ts") && !entry.parentPath.endsWith("/testing"),
    )
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
async function buildImage(engine: Engine, build: Build, node: string, hash: string): Promise<void> {
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
      ...["--label", `${SOURCE_LABEL}=${hash}`],
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
