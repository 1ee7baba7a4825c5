import { findEngine } from "../cluster/engine.ts";
import { ensureBaseImages } from "../cluster/images/base.ts";
import { ensurePrograms } from "../cluster/nodeImage/programs.ts";
import { terminalProgress } from "../cluster/progress.ts";

// What integration tests need, made once before they run side by side: each would begin to make it too.

const progress = terminalProgress();
await ensurePrograms(progress);
await ensureBaseImages(await findEngine(progress), progress);
