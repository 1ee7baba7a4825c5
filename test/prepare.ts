import { findEngine } from "../cluster/engine.ts";
import { ensureDebianImage } from "../cluster/images/base.ts";
import { buildProductImages } from "../cluster/images/product.ts";
import { ensurePrograms } from "../cluster/nodeImage/programs.ts";
import { wantedRelease } from "../cluster/nodeImage/releases.ts";
import { terminalProgress } from "../cluster/progress.ts";
import { sideBySide } from "../cluster/sideBySide.ts";
import { ensureCommands } from "../cluster/tools.ts";
import { bundle } from "../tools/bundle.ts";
import { busyboxRecipe } from "./support/busyboxImage.ts";
import { chromiumRecipe } from "./support/chromiumImage.ts";
import { COUNTER_VERSIONS } from "./support/composeProject.ts";
import { ensureProgram } from "./support/goPrograms.ts";
import { ensureKstatus } from "./support/kstatus.ts";
import { prometheusRecipe } from "./support/prometheusImage.ts";
import { ensureProviderMirror } from "./support/terraform/providerMirror.ts";
import { COMPILER } from "./support/unsyncedWrites.ts";
import { valkeyRecipe } from "./support/valkeyImage.ts";

// Makes what several test files need, once, before they run side by side: each would make it for itself.

const progress = terminalProgress();
await bundle(["operator", "counter"]);
await sideBySide([builtWithGo(), images(), ensureCommands(COMPILER, progress)], progress);

/** One after the other: each takes every core. */
async function builtWithGo(): Promise<void> {
  await ensurePrograms(wantedRelease(), progress);
  await ensureKstatus();
  for (const program of ["helm", "compose", "terraform", "kubeconform"] as const) {
    await ensureProgram(program, progress);
  }
  await ensureProviderMirror(progress);
}

async function images(): Promise<void> {
  const engine = await findEngine(progress);
  await buildProductImages(engine, progress, { versions: COUNTER_VERSIONS });
  for (const recipe of [prometheusRecipe, chromiumRecipe, busyboxRecipe, valkeyRecipe])
    await ensureDebianImage(engine, recipe, progress);
}
