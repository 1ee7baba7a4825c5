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

/** Sees to it that a program is there: installs Debian packages where that can be done, else says what to install. */
export async function ensureCommand(
  command: string,
  packages: readonly string[],
  progress: Progress,
): Promise<void> {
  if (which(command)) {
    return;
  }
  const wanted = packages.join(" ");
  if (process.getuid?.() !== 0 || !which("apt-get")) {
    throw new Error(
      `${command} is missing: install it with your system's packages (Debian: sudo apt-get install ${wanted}) and try again`,
    );
  }
  await progress.step(`${command} is missing: installing ${wanted} with apt-get`, async () => {
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    await run("apt-get", ["update"], { env, timeoutSeconds: 300 });
    await run("apt-get", ["install", "--yes", "--no-install-recommends", ...packages], { env });
  });
  if (!which(command)) {
    throw new Error(
      `${command} is still missing after apt-get install ${wanted}: install it by hand and try again`,
    );
  }
}
