import { existsSync } from "node:fs";
import { mkdir, readFile, rm, rmdir } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { writeWhole } from "./wholeFile.ts";

/** What is remembered of a finished cluster. */
export interface Made {
  /** Hash of what the cluster was made from. */
  key: string;
  /** Whether its node image was made from packages. */
  built: boolean;
  /** Minor of Kubernetes, such as `1.37`; clusters of old do not tell it. */
  minor?: string;
  /** Port of 127.0.0.1 that leads into it, if one does. */
  hostPort?: number;
}

/** Where things of one cluster lie on this machine. */
export interface StateFolder {
  root: string;
  volumes: string;
  audit: string;
  kubeconfig: string;
}

/** The folder for a cluster's volumes, audit log and kubeconfig; it goes when the cluster goes. */
export function stateFolder(name: string): StateFolder {
  const base = process.env.XDG_STATE_HOME || join(homedir(), ".local", "state");
  const root = join(base, "hitcounter", name);
  return {
    root,
    volumes: join(root, "volumes"),
    audit: join(root, "audit"),
    kubeconfig: join(root, "kubeconfig"),
  };
}

/** Makes the folders of a cluster. */
export async function makeState(state: StateFolder): Promise<void> {
  await mkdir(state.root, { recursive: true, mode: 0o700 });
  await mkdir(state.volumes, { recursive: true });
  await mkdir(state.audit, { recursive: true });
}

/** Whether this machine's disk has anything of a cluster. */
export const hasState = (state: StateFolder): boolean => existsSync(state.root);

/** Removes everything of a cluster from this machine's disk. */
export async function removeState(state: StateFolder): Promise<void> {
  await rm(state.root, { recursive: true, force: true });
  await rmdir(dirname(state.root)).catch(() => {}); // the other cluster's may lie there
}

/** What is remembered of a cluster that was finished; nothing if it never was. */
export async function readMade(state: StateFolder): Promise<Made | undefined> {
  return (await readJson(state, "made.json")) as Made | undefined;
}

/** Remembers a finished cluster. */
export async function writeMade(state: StateFolder, made: Made): Promise<void> {
  await writeJson(state, "made.json", made);
}

/** IDs of the images that were loaded into all nodes, by tag. */
export async function readLoaded(state: StateFolder): Promise<Record<string, string>> {
  return ((await readJson(state, "images.json")) ?? {}) as Record<string, string>;
}

/** Remembers what was loaded. */
export async function writeLoaded(state: StateFolder, loaded: Record<string, string>): Promise<void> {
  await writeJson(state, "images.json", loaded);
}

async function readJson(state: StateFolder, name: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(join(state.root, name), "utf8"));
  } catch {
    return undefined; // never written: it appears under its name only when it is whole
  }
}

async function writeJson(state: StateFolder, name: string, value: unknown): Promise<void> {
  await writeWhole(join(state.root, name), JSON.stringify(value, undefined, 2));
}
