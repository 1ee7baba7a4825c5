import { join } from "node:path";
import { cached, hashOf } from "../cache.ts";
import { architecture } from "../imageArchive.ts";
import type { Progress } from "../progress.ts";
import { run } from "../shell.ts";
import { ensureCommand } from "../tools.ts";

/** A small Debian file system to make. */
export interface DebianRecipe {
  /** What it is for, as the cache and the progress name it. */
  name: string;
  /** How much of Debian: only what the packages need, or a system that can be booted. */
  variant: "extract" | "minbase";
  packages: readonly string[];
  /** Shell commands for the finished folder, which is "$1" (mmdebstrap's customize hooks). */
  hooks?: readonly string[];
}

/** Old enough for cgroup v1: its systemd is older than version 258. */
const RELEASE = "bookworm";

/** What nobody reads in a container. */
const EXCLUDED = ["/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*"];

/** Makes a file system from Debian's packages once, and returns it as a tar file. */
export async function debianFileSystem(recipe: DebianRecipe, progress: Progress): Promise<string> {
  const key = await hashOf([], RELEASE, architecture(), EXCLUDED, recipe);
  const folder = await cached(recipe.name, key, async (unfinished) => {
    await ensureCommand("mmdebstrap", ["mmdebstrap"], progress);
    await progress.step(`Making the file system ${recipe.name} from Debian's packages (once)`, async () => {
      await run("mmdebstrap", [
        `--variant=${recipe.variant}`,
        `--include=${recipe.packages.join(",")}`,
        ...EXCLUDED.map((path) => `--dpkgopt=path-exclude=${path}`),
        ...(recipe.hooks ?? []).map((hook) => `--customize-hook=${hook}`),
        RELEASE,
        join(unfinished, "files.tar"),
      ]);
    });
  });
  return join(folder, "files.tar");
}
