import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import type { Progress } from "./progress.ts";
import { run } from "./shell.ts";

/** How long another program of this machine may be at its packages. */
const LOCK_SECONDS = 120;

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

/** The last installation that was asked for: apt-get lets one run at a time. */
let installation: Promise<void> = Promise.resolve();

/**
 * Sees to it that programs are there, given the Debian packages that bring each: installs what is missing
 * where that can be done, else says what to install.
 */
export async function ensureCommands(
  packages: Readonly<Record<string, readonly string[]>>,
  progress: Progress,
): Promise<void> {
  if (missingOf(packages).length > 0) {
    const own = installation.then(() => install(packages, progress));
    installation = own.catch(() => {}); // whoever asked for it hears of it
    await own;
  }
}

const missingOf = (packages: Readonly<Record<string, readonly string[]>>) =>
  Object.keys(packages).filter((command) => !which(command));

async function install(
  packages: Readonly<Record<string, readonly string[]>>,
  progress: Progress,
): Promise<void> {
  const missing = missingOf(packages);
  if (missing.length === 0) {
    return; // the installation before this one brought them
  }
  const wanted = missing.flatMap((command) => packages[command] ?? []);
  const advice = `install ${missing.join(", ")} with your system's packages (Debian: apt-get install ${wanted.join(" ")}) and try again`;
  if (process.getuid?.() !== 0 || !which("apt-get")) {
    throw new Error(`Missing programs: ${advice}`);
  }
  await progress.step(`Installing ${wanted.join(" ")} with apt-get`, async () => {
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    await run("apt-get", ["update"], { env, timeoutSeconds: 300 });
    const options = ["--yes", "--no-install-recommends", `--option=DPkg::Lock::Timeout=${LOCK_SECONDS}`];
    await run("apt-get", ["install", ...options, ...wanted], { env });
  });
  const still = missingOf(packages);
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
