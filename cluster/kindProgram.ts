import { ensureGoProgram } from "./goProgram.ts";
import type { Progress } from "./progress.ts";
import { run } from "./shell.ts";
import { which } from "./tools.ts";

/** The release of kind that is installed where there is none. */
export const KIND_VERSION = "v0.33.0";

/** An older kind does not write configuration that this release's node images understand. */
const OLDEST_MINOR = 30;

/** Path of kind: the one on the PATH, else one that is built from its Go module into the cache folder. */
export async function ensureKind(progress: Progress): Promise<string> {
  const present = which("kind");
  if (present) {
    const version = await run(present, ["version", "--quiet"]);
    if (Number(/^v?0\.(\d+)/.exec(version.trim())?.[1] ?? 0) >= OLDEST_MINOR) {
      return present;
    }
    progress.note(`${present} is version ${version.trim()}, which is too old: using another`);
  }
  const program = { name: "kind", module: "sigs.k8s.io/kind", version: KIND_VERSION, package: "." };
  return await ensureGoProgram(program, progress);
}
