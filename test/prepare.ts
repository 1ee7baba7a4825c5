import { findEngine } from "../cluster/engine.ts";
import { ensureBaseImages } from "../cluster/images/base.ts";
import { ensurePrograms } from "../cluster/nodeImage/programs.ts";
import { wantedRelease } from "../cluster/nodeImage/releases.ts";
import { terminalProgress } from "../cluster/progress.ts";
import { sideBySide } from "../cluster/sideBySide.ts";
import { ensureCommands } from "../cluster/tools.ts";
import { bundle } from "../tools/bundle.ts";
import { ensureKstatus } from "./support/kstatus.ts";
import { COMPILER } from "./support/unsyncedWrites.ts";

// Makes what several test files need, once, before they run side by side: each would make it for itself.

const progress = terminalProgress();
await bundle(["operator"]);
await sideBySide([builtWithGo(), baseImages(), ensureCommands(COMPILER, progress)], progress);

/** One after the other: each takes every core. */
async function builtWithGo(): Promise<void> {
  await ensurePrograms(wantedRelease(), progress);
  await ensureKstatus();
}

async function baseImages(): Promise<void> {
  await ensureBaseImages(await findEngine(progress), progress);
}
