import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { terminalProgress } from "../../cluster/progress.ts";
import { run } from "../../cluster/shell.ts";
import { ensureCommands } from "../../cluster/tools.ts";

/** The programs that it takes to build the library, by the Debian packages that bring them. */
export const COMPILER = { gcc: ["gcc", "libc6-dev"] };

/** Path at which a container sees the library and its log. */
const AT = "/durable";
const LIBRARY = "durable.so";
const LOG = "log";

/** Knows which bytes a process has fsynced, and throws away the others as a power failure would. */
export interface UnsyncedWrites {
  /** What the container of the process needs. */
  mounts: Record<string, string>;
  env: Record<string, string>;
  /**
   * Call when the process has ended. Cuts each file of a folder back to what was durable of it, and returns how many
   * bytes that threw away.
   */
  throwAway(folder: string): Promise<number>;
  remove(): Promise<void>;
}

/**
 * Builds the library that notes each fsync. Modelled is the page cache of files: their creation, renaming and
 * deletion are taken as durable at once, as a journal keeps them in order with the fsyncs that follow.
 */
export async function noteSyncs(): Promise<UnsyncedWrites> {
  await ensureCommands(COMPILER, terminalProgress());
  const folder = await mkdtemp(join(tmpdir(), "hitcounter-durable-"));
  const source = join(import.meta.dirname, "durable.c");
  await run("gcc", ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", join(folder, LIBRARY), source]);
  const log = join(folder, LOG);
  return {
    mounts: { [AT]: folder },
    env: { LD_PRELOAD: `${AT}/${LIBRARY}`, DURABLE_LOG: `${AT}/${LOG}` },
    async throwAway(data) {
      const durable = durableSizes(await readFile(log, "utf8"));
      const kept: string[] = [];
      let thrownAway = 0;
      for (const entry of await readdir(data, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile()) continue;
        const path = join(entry.parentPath, entry.name);
        const { ino, size } = await stat(path);
        const keep = Math.min(size, durable.get(`${ino}`) ?? 0);
        thrownAway += size - keep;
        await truncate(path, keep);
        kept.push(`S ${ino} ${keep}\n`);
      }
      await writeFile(log, kept.join(""));
      return thrownAway;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** How much of each file is durable, by its inode, after all that a log tells. */
function durableSizes(log: string): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const line of log.split("\n")) {
    const [what, inode = "", size] = line.split(" ");
    if (what === "S") sizes.set(inode, Math.max(sizes.get(inode) ?? 0, Number(size)));
    if (what === "D") sizes.delete(inode);
  }
  return sizes;
}
