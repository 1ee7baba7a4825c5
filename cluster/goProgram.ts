import { join } from "node:path";
import process from "node:process";
import { cached, hashOf } from "./cache.ts";
import { requireGo } from "./go.ts";
import { goBuild } from "./goBuild.ts";
import type { Progress } from "./progress.ts";
import { run } from "./shell.ts";

/** A program that is built from a published Go module. */
export interface GoProgram {
  /** The file's name, and what the program is called in progress and errors. */
  name: string;
  module: string;
  /** Release of the module, with its `v`. */
  version: string;
  /** Folder of the module that holds the program, such as `./cmd/helm`; `.` for its top. */
  package: string;
  /** What else goes to the linker: `-X` for what a program tells of its version. */
  linkerFlags?: readonly string[];
}

/** Path of the program, built once and kept in the user's cache folder. Throws, saying what to do, without Go. */
export async function ensureGoProgram(program: GoProgram, progress: Progress): Promise<string> {
  const { name, module, version, linkerFlags = [] } = program;
  const key = await hashOf([], program, process.arch);
  const folder = await cached(name, key, async (unfinished) => {
    await requireGo(name);
    await progress.step(`Building ${name} ${version} from its Go module (once)`, async (tell) => {
      const download = await run("go", ["mod", "download", "-json", `${module}@${version}`]);
      const { Dir: cwd } = JSON.parse(download) as { Dir: string };
      const output = join(unfinished, name);
      await goBuild({ name, cwd, packages: [program.package], output, linkerFlags }, tell);
    });
  });
  return join(folder, name);
}
