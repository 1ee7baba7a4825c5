import process from "node:process";
import { type Engine, findEngine } from "../../cluster/engine.ts";
import { architecture } from "../../cluster/imageArchive.ts";
import { ensureBaseImages } from "../../cluster/images/base.ts";
import type { Progress } from "../../cluster/progress.ts";
import { run, tryRun } from "../../cluster/shell.ts";
import { type BaseImage, pinned } from "./baseImage.ts";
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

/** What images are made of that is not in the folder of the sources. */
export interface Ingredients {
  /** The image that they start from. */
  base: string;
  /** The time that they, and the files in them, get (seconds since 1970). */
  epoch: number;
  platforms: readonly string[];
}

/**
 * The commands, for one engine. Nothing is run while an image is built, so that no other processor needs to be emulated;
 * and the same sources at the same time make the same image, whoever builds it.
 */
export function imageCommands(
  engine: Engine["name"],
  release: Release,
  { base, epoch, platforms }: Ingredients,
): ImageCommands {
  const each = PROGRAMS.map((program) => {
    const image = imageOf(program, release);
    const common = [
      ...["--file", `Dockerfile.${program}`, "--platform", platforms.join(",")],
      ...["--build-arg", `NODE_IMAGE=${base}`, "--build-arg", `VERSION=${release.version}`],
      ...["--label", `org.opencontainers.image.base.name=${base}`],
    ];
    if (engine === "podman") {
      return {
        build: ["podman", "build", ...common, "--timestamp", `${epoch}`, "--manifest", image, "."],
        push: ["podman", "manifest", "push", "--all", image, `docker://${image}`],
      };
    }
    const time = ["--build-arg", `SOURCE_DATE_EPOCH=${epoch}`, "--provenance=false"];
    const build = ["docker", "buildx", "build", ...common, ...time, "--tag", image];
    const output = (push: boolean) => `--output=type=image,push=${push},rewrite-timestamp=true`;
    return { build: [...build, output(false), "."], push: [...build, output(true), "."] };
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
 * Builds the images of the release from this folder: for all platforms on the base image whose digest is known, else on
 * its stand-in, of which there is none but for this machine's processor.
 */
export async function buildImages(
  folder: string,
  release: Release,
  { base, epoch }: { base: BaseImage; epoch: number },
  progress: Progress,
): Promise<BuiltImages> {
  const engine = await findEngine(progress);
  const { env } = engine;
  const complete = base.digest !== undefined;
  const platforms = complete ? PLATFORMS : [`linux/${architecture()}`];
  const from = complete ? pinned(base) : (await ensureBaseImages(engine, progress)).node;
  const commands = imageCommands(engine.name, release, { base: from, epoch, platforms });
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
    `Nothing was pushed and nothing tagged: no registry says which one the base image is here, so there are images for ${platforms.join(", ")} alone, on a stand-in. Make the release where one does`,
  );
}

/** The commands that are left to a machine on which nothing is missing, for its engine. */
export const commandsElsewhere = (release: Release, base: BaseImage, epoch: number): ImageCommands =>
  imageCommands("docker", release, { base: pinned(base), epoch, platforms: PLATFORMS });
