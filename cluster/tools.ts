import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import type { Progress } from "./progress.ts";
import { run } from "./shell.ts";

/** Where a program lies on the PATH, if it does. */
export function which(command: string): string | undefined {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(folder, command);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // not in this folder
    }
  }
  return undefined;
}

/**
 * Sees to it that programs are there, given the Debian packages that bring each: installs what is missing
 * where that can be done, else says what to install.
 */
export async function ensureCommands(
  packages: Readonly<Record<string, readonly string[]>>,
  progress: Progress,
): Promise<void> {
  const missing = Object.keys(packages).filter((command) => !which(command));
  if (missing.length === 0) {
    return;
  }
  const wanted = missing.flatMap((command) => packages[command] ?? []);
  const advice = `install ${missing.join(", ")} with your system's packages (Debian: apt-get install ${wanted.join(" ")}) and try again`;
  if (process.getuid?.() !== 0 || !which("apt-get")) {
    throw new Error(`Missing programs: ${advice}`);
  }
  await progress.step(`Installing ${wanted.join(" ")} with apt-get`, async () => {
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    await run("apt-get", ["update"], { env, timeoutSeconds: 300 });
    await run("apt-get", ["install", "--yes", "--no-install-recommends", ...wanted], { env });
  });
  const still = missing.filter((command) => !which(command));
  if (still.length > 0) {
    throw new Error(`apt-get did not bring ${still.join(", ")}: ${advice}`);
  }
}

/** As `ensureCommands`, for one program. */
export async function ensureCommand(
  command: string,
  packages: readonly string[],
  progress: Progress,
): Promise<void> {
  await ensureCommands({ [command]: packages }, progress);
}
