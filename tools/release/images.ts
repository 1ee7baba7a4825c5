import process from "node:process";
import { type Engine, findEngine } from "../../cluster/engine.ts";
import { architecture } from "../../cluster/imageArchive.ts";
import { canBePulled, ensureBaseImages } from "../../cluster/images/base.ts";
import { recipes } from "../../cluster/images/recipes.ts";
import type { Progress } from "../../cluster/progress.ts";
import { run, tryRun } from "../../cluster/shell.ts";
import { imageOf, PROGRAMS, type Release } from "./names.ts";

/** The platforms that a release has images for. */
export const PLATFORMS = ["linux/amd64", "linux/arm64"];

/** A command with its words. */
export type Command = readonly string[];

/** What makes the images of some platforms, and what pushes them. */
export interface ImageCommands {
  build: Command[];
  push: Command[];
}

const publicNode = recipes.find(({ name }) => name === "node");

/**
 * The commands, for one engine; `node` is the image that they start from. Nothing is run while an image is built, so
 * that no other processor needs to be emulated.
 */
export function imageCommands(
  engine: Engine["name"],
  release: Release,
  node: string,
  platforms: readonly string[],
): ImageCommands {
  const each = PROGRAMS.map((program) => {
    const image = imageOf(program, release);
    const common = [
      ...["--file", `Dockerfile.${program}`, "--platform", platforms.join(",")],
      ...["--build-arg", `NODE_IMAGE=${node}`, "--build-arg", `VERSION=${release.version}`],
    ];
    if (engine === "podman") {
      return {
        build: ["podman", "build", ...common, "--manifest", image, "."],
        push: ["podman", "manifest", "push", "--all", image, `docker://${image}`],
      };
    }
    const build = ["docker", "buildx", "build", ...common, "--tag", image];
    return { build: [...build, "--output=type=image,push=false", "."], push: [...build, "--push", "."] };
  });
  return { build: each.map(({ build }) => build), push: each.map(({ push }) => push) };
}

/** What was built. */
export interface BuiltImages extends ImageCommands {
  /** Environment that the commands need. */
  env: Record<string, string>;
  platforms: readonly string[];
  /** Whether they are those of a release: for all platforms, on the public base image. */
  complete: boolean;
}

/**
 * Builds the images of the release from this folder: for all platforms where the public base image can be pulled, else
 * on its stand-in, of which there is none but for this machine's processor.
 */
export async function buildImages(
  folder: string,
  release: Release,
  progress: Progress,
): Promise<BuiltImages> {
  if (publicNode === undefined) throw new Error("There is no base image named node");
  const engine = await findEngine(progress);
  const { env } = engine;
  const complete = await canBePulled(engine, publicNode);
  const node = complete ? publicNode.public : (await ensureBaseImages(engine, progress)).node;
  const platforms = complete ? PLATFORMS : [`linux/${architecture()}`];
  const commands = imageCommands(engine.name, release, node, platforms);
  await run(process.execPath, ["tools/bundle.ts"], { cwd: folder });
  if (engine.name === "podman") {
    // To a manifest that is there, Podman would add.
    for (const program of PROGRAMS) {
      await tryRun("podman", ["manifest", "rm", imageOf(program, release)], { env });
    }
  }
  for (const [command = "", ...words] of commands.build) {
    await run(command, words, { cwd: folder, env });
  }
  return { ...commands, env, platforms, complete };
}

/** Pushes what was built; throws where that is not what a release has. */
export async function pushImages(folder: string, built: BuiltImages): Promise<void> {
  requireComplete(built);
  const options = { cwd: folder, env: built.env };
  for (const [command = "", ...words] of built.push) await run(command, words, options);
}

function requireComplete({ complete, platforms }: BuiltImages): void {
  if (complete) return;
  throw new Error(
    `Nothing was pushed and nothing tagged: the base image ${publicNode?.public} can't be pulled here, so there are images for ${platforms.join(", ")} alone, on a stand-in. Make the release where it can`,
  );
}

/** The commands that are left to a machine on which nothing is missing, for its engine. */
export const commandsElsewhere = (release: Release): ImageCommands =>
  imageCommands("docker", release, publicNode?.public ?? "", PLATFORMS);
