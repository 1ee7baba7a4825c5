import { cp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { cached, hashOf } from "../../cluster/cache.ts";
import { requireGo } from "../../cluster/go.ts";
import { terminalProgress } from "../../cluster/progress.ts";
import { run } from "../../cluster/shell.ts";
import { ensureCommand, which } from "../../cluster/tools.ts";

const SOURCES = join(import.meta.dirname, "peers");
const BUILD_TIMEOUT_SECONDS = 15 * 60;

/** Builds what lies in `peers/NAME` into a folder of the user's cache, once, and returns that folder. */
async function built(
  name: string,
  title: string,
  build: (sources: string, folder: string) => Promise<unknown>,
) {
  const sources = join(SOURCES, name);
  const key = await hashOf([sources], process.arch, process.version);
  return cached(`bench-${name}`, key, async (folder) => {
    await terminalProgress().step(`${title} (once)`, () => build(sources, folder));
  });
}

/** Path of the Go peer. */
export async function ensureGoPeer(): Promise<string> {
  await requireGo("The Go peer of the counter");
  const folder = await built("go", "Building the Go peer from its modules", (cwd, unfinished) =>
    run("go", ["build", "-trimpath", "-o", join(unfinished, "counter"), "."], {
      cwd,
      timeoutSeconds: BUILD_TIMEOUT_SECONDS,
    }),
  );
  return join(folder, "counter");
}

/** Path of the Rust peer. */
export async function ensureAxumPeer(): Promise<string> {
  if (!which("cargo"))
    throw new Error("The Rust peer of the counter needs cargo: install Rust 1.85 or later");
  const title = "Building the Rust peer from its crates; 1 to 2 minutes on two cores";
  const folder = await built("axum", title, async (cwd, unfinished) => {
    const target = join(unfinished, "target");
    await run("cargo", ["build", "--release", "--locked", "--target-dir", target], {
      cwd,
      timeoutSeconds: BUILD_TIMEOUT_SECONDS,
    });
    await rename(join(target, "release/axum-counter"), join(unfinished, "counter"));
    await rm(target, { recursive: true });
  });
  return join(folder, "counter");
}

/** Folder of the peers on Node.js, with their packages. */
export function ensureNodePeers(): Promise<string> {
  return built("node", "Installing the packages of the peers on Node.js", async (sources, folder) => {
    await cp(sources, folder, { recursive: true });
    await run("npm", ["ci", "--omit=dev", "--no-audit", "--no-fund"], { cwd: folder });
  });
}

/** Folder of the Python peer's packages, and that of its program. */
export async function ensureFlaskPeer(): Promise<{ packages: string; sources: string }> {
  await ensureCommand("python3", ["python3"], terminalProgress());
  // Not a virtual environment: that has its own path in it, and the cache renames what is finished.
  const packages = await built(
    "flask",
    "Installing the packages of the Python peer",
    async (sources, folder) => {
      const wanted = ["--requirement", join(sources, "requirements.txt")];
      await run("python3", ["-m", "pip", "install", "--quiet", "--target", folder, ...wanted]);
    },
  );
  return { packages, sources: join(SOURCES, "flask") };
}

/** Path of the program that asks. */
export async function ensureLoadClient(): Promise<string> {
  await ensureCommand("gcc", ["gcc", "libc6-dev"], terminalProgress());
  const source = join(import.meta.dirname, "loadClient.c");
  const folder = await cached(
    "bench-load-client",
    await hashOf([source], process.arch),
    async (unfinished) => {
      await run("gcc", ["-O2", "-Wall", "-Wextra", "-Werror", "-o", join(unfinished, "loadClient"), source]);
    },
  );
  return join(folder, "loadClient");
}
