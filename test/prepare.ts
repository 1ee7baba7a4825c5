import { findEngine } from "../cluster/engine.ts";
import { ensureBaseImages } from "../cluster/images/base.ts";
import { ensurePrograms } from "../cluster/nodeImage/programs.ts";
import { terminalProgress } from "../cluster/progress.ts";
import { ensureCommands } from "../cluster/tools.ts";
import { bundle } from "../tools/bundle.ts";
import { ensureProgram } from "./support/goPrograms.ts";
import { ensureKstatus } from "./support/kstatus.ts";
import { COMPILER } from "./support/unsyncedWrites.ts";

// Makes what several test files need, once, before they run side by side: each would make it for itself.

const progress = terminalProgress();
await bundle(["operator"]);
await ensureCommands(COMPILER, progress);
await ensurePrograms(progress);
await ensureBaseImages(await findEngine(progress), progress);
await ensureKstatus();
await ensureProgram("helm", progress);
