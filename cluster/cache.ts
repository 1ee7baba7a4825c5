import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { shared } from "./sideBySide.ts";

/** How many entries of one kind are kept: the one in use and the one before it. */
const KEPT = 2;

/** The user's cache folder for this project; what lies in it can be made again at any time. */
export function cacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  return join(base, "hitcounter");
}

/** A short hash of the names and contents of files and folders, and of anything else that shapes a result. */
export async function hashOf(paths: readonly string[], ...more: unknown[]): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(more));
  for (const path of paths) {
    for (const file of await filesBelow(path)) {
      hash.update(`\0${file.slice(path.length)}\0`).update(await readFile(file));
    }
  }
  return hash.digest("hex").slice(0, 16);
}

async function filesBelow(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) {
    return [path];
  }
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/**
 * The folder `<kind>-<key>` of the cache, made by `build` if it is missing. It appears under its name only
 * when it is whole, so that a build that is killed leaves nothing that looks finished.
 */
export async function cached(
  kind: string,
  key: string,
  build: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(cacheFolder(), `${kind}-${key}`);
  if (!existsSync(folder)) {
    await shared(folder, () => make(folder, build));
    await prune(kind);
  }
  return folder;
}

async function make(folder: string, build: (folder: string) => Promise<void>): Promise<void> {
  await mkdir(cacheFolder(), { recursive: true });
  await removeLeftovers();
  const unfinished = `${folder}.unfinished-${process.pid}`;
  try {
    await mkdir(unfinished);
    await build(unfinished);
    await rename(unfinished, folder);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (!existsSync(folder)) {
      throw error;
    } // else another process was first
  }
}

/** Removes what builds left that were killed. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(cacheFolder())) {
    const pid = /\.unfinished-(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) {
      await rm(join(cacheFolder(), name), { recursive: true, force: true });
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function prune(kind: string): Promise<void> {
  const pattern = new RegExp(`^${kind}-[0-9a-f]{16}$`);
  const names = (await readdir(cacheFolder())).filter((name) => pattern.test(name));
  const entries = await Promise.all(
    names.map(async (name) => ({ name, made: (await stat(join(cacheFolder(), name))).mtimeMs })),
  );
  entries.sort((a, b) => b.made - a.made);
  for (const { name } of entries.slice(KEPT)) {
    await rm(join(cacheFolder(), name), { recursive: true, force: true });
  }
}
