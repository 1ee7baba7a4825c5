import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { link, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { run } from "./shell.ts";

/** One image of an archive. */
export interface ArchivedImage {
  tags: readonly string[];
  /** Tar files, lowest first. */
  layers: readonly string[];
  /** What containers of it run, in the image specification's words. */
  config: { Entrypoint?: string[]; Env?: string[]; StopSignal?: string; User?: string };
}

/** The name that images use for this machine's processor. */
export function architecture(): "amd64" | "arm64" {
  if (process.arch === "x64") {
    return "amd64";
  }
  if (process.arch === "arm64") {
    return "arm64";
  }
  throw new Error(`Images for ${process.arch} processors cannot be made here: use an x64 or arm64 machine`);
}

/** Packs a folder as an image layer whose files all belong to root. */
export async function writeLayer(folder: string, path: string): Promise<void> {
  await run("tar", [
    "--create",
    "--file",
    path,
    "--sort=name",
    "--owner=0",
    "--group=0",
    "--numeric-owner",
    "--directory",
    folder,
    ".",
  ]);
}

/**
 * Writes images as an archive that Docker, Podman and containerd load. Nothing is run and nothing fetched,
 * so it works the same on every engine.
 */
export async function writeImageArchive(path: string, images: readonly ArchivedImage[]): Promise<void> {
  const folder = `${path}.parts`;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const parts = new Set<string>();
  const manifest = [];
  const digests = new Map<string, string>();
  for (const image of images) {
    for (const layer of image.layers) {
      if (!digests.has(layer)) {
        const digest = await digestOf(layer);
        digests.set(layer, digest);
        await linkTo(layer, join(folder, `${digest}.tar`));
        parts.add(`${digest}.tar`);
      }
    }
    const layers = image.layers.map((layer) => digests.get(layer) ?? "");
    const config = JSON.stringify({
      architecture: architecture(),
      os: "linux",
      config: image.config,
      rootfs: { type: "layers", diff_ids: layers.map((digest) => `sha256:${digest}`) },
      history: layers.map(() => ({ created: "1970-01-01T00:00:00Z" })),
    });
    const name = `${createHash("sha256").update(config).digest("hex")}.json`;
    await writeFile(join(folder, name), config);
    parts.add(name);
    manifest.push({ Config: name, RepoTags: image.tags, Layers: layers.map((digest) => `${digest}.tar`) });
  }
  await writeFile(join(folder, "manifest.json"), JSON.stringify(manifest));
  await mkdir(dirname(path), { recursive: true });
  await run("tar", [
    "--create",
    "--dereference",
    "--file",
    path,
    "--directory",
    folder,
    "manifest.json",
    ...parts,
  ]);
  await rm(folder, { recursive: true });
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    hash.update(chunk);
  }
  return hash.digest("hex");
}

/** A hard link, or where the file lies on another file system a symbolic one. */
async function linkTo(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => symlink(resolve(from), to));
}
