import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder } from "./cache.ts";
import { requireGo } from "./nodeImage/go.ts";
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
  const folder = join(cacheFolder(), `kind-${KIND_VERSION}`);
  const path = join(folder, "kind");
  if (!existsSync(path)) {
    await requireGo("kind, which is missing,");
    await progress.step(`Installing kind ${KIND_VERSION} from its Go module`, async () => {
      await mkdir(folder, { recursive: true });
      await run("go", ["install", `sigs.k8s.io/kind@${KIND_VERSION}`], { env: { GOBIN: folder } });
    });
  }
  return path;
}
