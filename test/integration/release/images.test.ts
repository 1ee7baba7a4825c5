import { cp, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Engine } from "../../../cluster/engine.ts";
import { architecture } from "../../../cluster/imageArchive.ts";
import { terminalProgress } from "../../../cluster/progress.ts";
import { run, tryRun } from "../../../cluster/shell.ts";
import { ensureCommand } from "../../../cluster/tools.ts";
import { type ProgramName, programs } from "../../../tools/bundle.ts";
import { imageCommands } from "../../../tools/release/images.ts";
import { imageOf } from "../../../tools/release/names.ts";
import { theBaseImages, theEngine } from "../../support/engine.ts";

const root = join(import.meta.dirname, "../../..");
const names = Object.keys(programs) as ProgramName[];
/** Two builders, each with a name of its own for what it builds. */
const builders = ["one", "two"].map((name) => ({
  version: "99.0.0",
  registry: `localhost/hitcounter-test-${name}`,
}));
const EPOCH = 2_000_000_000;

let engine: Engine;
let base: string;
let folders: string[];

beforeAll(async () => {
  const found = await theEngine();
  await ensureCommand("podman", ["podman"], terminalProgress());
  // Where another runs the cluster, Podman needs no settings to build.
  engine = found.name === "podman" ? found : { name: "podman", command: "podman", env: {} };
  base = (await theBaseImages()).node;
  folders = await Promise.all(builders.map(() => mkdtemp(join(tmpdir(), "hitcounter-images-"))));
}, 1_800_000);
afterAll(async () => {
  const [{ version = "" } = {}] = builders;
  if (engine) {
    for (const image of builders.flatMap((release) => names.map((name) => imageOf(name, release)))) {
      await tryRun(engine.command, ["manifest", "rm", image], { env: engine.env });
    }
    // What the manifests led to has no name any more.
    const label = `label=org.opencontainers.image.version=${version}`;
    const images = ["image", "ls", "--all", "--quiet", "--filter", label];
    for (const id of new Set((await run(engine.command, images, { env: engine.env })).split("\n"))) {
      if (id !== "") await tryRun(engine.command, ["image", "rm", "--force", id], { env: engine.env });
    }
  }
  for (const folder of folders ?? []) await rm(folder, { recursive: true, force: true });
});

/** Builds the images of a release from the sources in a folder of its own, whose files are as old as told. */
async function build(index: number, madeAt: number): Promise<Map<ProgramName, string[]>> {
  const [release, cwd] = [builders[index], folders[index]];
  if (!release || !cwd) throw new Error(`There is no builder ${index}`);
  const files = [".dockerignore", ...names.flatMap((name) => [`Dockerfile.${name}`])];
  for (const file of files) await cp(join(root, file), join(cwd, file));
  await run("node", ["tools/bundle.ts"], { cwd: root });
  await mkdir(join(cwd, "dist"));
  for (const file of names.flatMap((name) => [`dist/${name}.js`, `dist/${name}.js.LEGAL.txt`])) {
    await writeFile(join(cwd, file), await readFile(join(root, file)), { mode: 0o644 });
    await utimes(join(cwd, file), madeAt, madeAt);
  }
  const ingredients = { base, epoch: EPOCH, platforms: [`linux/${architecture()}`] };
  const commands = imageCommands(engine.name, release, ingredients);
  for (const [command = "", ...words] of commands.build) {
    // From nothing: an image that lies there from before would be taken again.
    await run(command, [...words.slice(0, -1), "--no-cache", "."], { cwd, env: engine.env });
  }
  const digests = await Promise.all(
    names.map(
      async (name): Promise<[ProgramName, string[]]> => [name, await digestsOf(imageOf(name, release))],
    ),
  );
  return new Map(digests);
}

/** What tells one image from any other: the digests of its manifests, one for each platform. */
async function digestsOf(image: string): Promise<string[]> {
  const read = await run(engine.command, ["manifest", "inspect", image], { env: engine.env });
  const { manifests } = JSON.parse(read) as { manifests: { digest: string }[] };
  return manifests.map(({ digest }) => digest);
}

describe("the images of a release", () => {
  it("are the same to the last bit when they are built again, elsewhere and at another time", async () => {
    const first = await build(0, 1_700_000_000);
    const second = await build(1, 1_800_000_000);
    expect(second).toEqual(first);
    for (const digests of first.values())
      expect(digests).toEqual([expect.stringMatching(/^sha256:[0-9a-f]{64}$/)]);
  });

  it("have the licences of all that is in them", async () => {
    for (const name of names) {
      const image = imageOf(name, builders[0] ?? { version: "", registry: "" });
      const copied = join(folders[0] ?? "", `${name}.LEGAL.txt`);
      const container = (await run(engine.command, ["create", image], { env: engine.env })).trim();
      try {
        await run(engine.command, ["cp", `${container}:/app/${name}.js.LEGAL.txt`, copied], {
          env: engine.env,
        });
      } finally {
        await run(engine.command, ["rm", container], { env: engine.env });
      }
      expect((await readFile(copied, "utf8")).match(/^Licence: /gm)?.length).toBeGreaterThan(30);
    }
  });
});
