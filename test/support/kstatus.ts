import { join } from "node:path";
import process from "node:process";
import { cached, hashOf } from "../../cluster/cache.ts";
import { goBuild } from "../../cluster/goBuild.ts";
import { terminalProgress } from "../../cluster/progress.ts";
import { run } from "../../cluster/shell.ts";

/** What kstatus makes of an object. */
export interface KstatusVerdict {
  status: "InProgress" | "Failed" | "Current" | "Terminating" | "NotFound" | "Unknown";
  message: string;
}

const SOURCES = join(import.meta.dirname, "kstatus");

/** Path of the program in `kstatus/`, which is built once and kept in the user's cache folder. */
export async function ensureKstatus(): Promise<string> {
  const folder = await cached("kstatus", await hashOf([SOURCES], process.arch), async (unfinished) => {
    const output = join(unfinished, "kstatus");
    await terminalProgress().step(
      "Building kstatus from its Go module (once; about a minute on two cores)",
      (tell) => goBuild({ name: "kstatus", cwd: SOURCES, packages: ["."], output }, tell),
    );
  });
  return join(folder, "kstatus");
}

/** Asks the real kstatus about an object as the API server would give it. */
export async function kstatusOf(object: object): Promise<KstatusVerdict> {
  return JSON.parse(
    await run(await ensureKstatus(), [], { input: JSON.stringify(object) }),
  ) as KstatusVerdict;
}
