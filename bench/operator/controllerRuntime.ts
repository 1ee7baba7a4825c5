import { join } from "node:path";
import process from "node:process";
import { cached, hashOf } from "../../cluster/cache.ts";
import { requireGo } from "../../cluster/go.ts";
import { terminalProgress } from "../../cluster/progress.ts";
import { run } from "../../cluster/shell.ts";

const SOURCES = join(import.meta.dirname, "controllerRuntime");
const BUILD_TIMEOUT_SECONDS = 15 * 60;

/** Path of the operator in `controllerRuntime/`, which is built once and kept in the user's cache folder. */
export async function ensureControllerRuntime(): Promise<string> {
  const key = await hashOf([SOURCES], process.arch);
  const folder = await cached("controller-runtime", key, async (unfinished) => {
    await requireGo("The operator on controller-runtime, which is measured beside ours,");
    await terminalProgress().step(
      "Building the operator on controller-runtime from its Go modules (once; 1 to 2 minutes on two cores)",
      () =>
        run("go", ["build", "-trimpath", "-ldflags", "-s -w", "-o", join(unfinished, "operator"), "."], {
          cwd: SOURCES,
          env: { CGO_ENABLED: "0" },
          timeoutSeconds: BUILD_TIMEOUT_SECONDS,
        }),
    );
  });
  return join(folder, "operator");
}
