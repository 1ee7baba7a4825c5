import { findEngine } from "../cluster/engine.ts";
import { buildProductImages } from "../cluster/images/product.ts";
import { ensurePrograms } from "../cluster/nodeImage/programs.ts";
import { terminalProgress } from "../cluster/progress.ts";
import { ensureCommands } from "../cluster/tools.ts";
import { bundle } from "../tools/bundle.ts";
import { COUNTER_VERSIONS } from "./support/composeProject.ts";
import { ensureProgram } from "./support/goPrograms.ts";
import { ensureKstatus } from "./support/kstatus.ts";
import { ensureProviderMirror } from "./support/terraform/providerMirror.ts";
import { COMPILER } from "./support/unsyncedWrites.ts";

// Makes what several test files need, once, before they run side by side: each would make it for itself.

const progress = terminalProgress();
await bundle(["operator"]);
await ensureCommands(COMPILER, progress);
await ensurePrograms(progress);
await buildProductImages(await findEngine(progress), progress, { versions: COUNTER_VERSIONS });
await ensureProgram("helm", progress);
await ensureProgram("compose", progress);
await ensureKstatus();
await ensureProgram("terraform", progress);
await ensureProviderMirror(progress);
