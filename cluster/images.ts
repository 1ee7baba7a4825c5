import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Engine } from "./engine.ts";
import { inNode, loadIntoNodes } from "./kind.ts";
import type { Progress } from "./progress.ts";
import { run } from "./shell.ts";
import { readLoaded, type StateFolder, writeLoaded } from "./state.ts";

/** A cluster's nodes and what is remembered of them. */
export interface LoadTarget {
  engine: Engine;
  name: string;
  nodes: readonly string[];
  state: StateFolder;
}

/** Loads images of the engine into every node; those that all nodes have already are left out. */
export async function loadImages(
  target: LoadTarget,
  tags: readonly string[],
  progress: Progress,
): Promise<void> {
  const { engine, name, state } = target;
  const ids = await imageIds(engine, tags);
  const loaded = await readLoaded(state);
  const present = await Promise.all(target.nodes.map((node) => imagesOf(engine, node)));
  const missing = tags.filter(
    (tag) => loaded[tag] !== ids[tag] || !present.every((images) => images.has(tag)),
  );
  if (missing.length === 0) {
    return;
  }
  const names = missing.map((tag) => tag.slice(tag.lastIndexOf("/") + 1)).join(", ");
  await progress.step(`Loading ${names} into ${target.nodes.length} nodes`, async () => {
    const folder = await mkdtemp(join(tmpdir(), "hitcounter-images-"));
    try {
      const archive = join(folder, "images.tar");
      const several = engine.name === "podman" ? ["--format=docker-archive", "--multi-image-archive"] : [];
      await run(engine.command, ["save", ...several, "--output", archive, ...missing], { env: engine.env });
      await loadIntoNodes(engine, name, archive, progress);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
  const now = Object.fromEntries(missing.map((tag) => [tag, ids[tag] ?? ""]));
  await writeLoaded(state, { ...loaded, ...now });
}

async function imageIds(engine: Engine, tags: readonly string[]): Promise<Record<string, string>> {
  const format = ["image", "inspect", "--format", "{{.Id}}"];
  const ids = (await run(engine.command, [...format, ...tags], { env: engine.env })).trim().split("\n");
  return Object.fromEntries(tags.map((tag, index) => [tag, ids[index] ?? ""]));
}

async function imagesOf(engine: Engine, node: string): Promise<Set<string>> {
  const list = await inNode(engine, node, ["ctr", "--namespace=k8s.io", "images", "list", "--quiet"]);
  // containerd names public images in full.
  return new Set(list.split("\n").flatMap((name) => [name, name.replace(/^docker\.io\/(library\/)?/, "")]));
}
