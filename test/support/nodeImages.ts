import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TEST_CLUSTER } from "../../cluster/cluster.ts";
import type { Engine } from "../../cluster/engine.ts";
import { ensureDebianImage } from "../../cluster/images/base.ts";
import type { BaseRecipe } from "../../cluster/images/recipes.ts";
import { loadImages } from "../../cluster/images.ts";
import { inNode, loadIntoNodes, nodeContainers } from "../../cluster/kind.ts";
import { terminalProgress } from "../../cluster/progress.ts";
import { stateFolder } from "../../cluster/state.ts";
import { theEngine } from "./engine.ts";
import { type StoredImage, type Variant, writeVariant } from "./imageVariant.ts";

/** The containers that are the test cluster's nodes, and their engine. */
export async function testNodes(): Promise<{ engine: Engine; nodes: string[] }> {
  const engine = await theEngine();
  return { engine, nodes: (await nodeContainers(engine, TEST_CLUSTER)).map(({ name }) => name) };
}

/** Gives the nodes an image that is made of Debian packages, and returns its name. */
export async function loadDebianImage(recipe: BaseRecipe): Promise<string> {
  const progress = terminalProgress();
  const { engine, nodes } = await testNodes();
  const image = await ensureDebianImage(engine, recipe, progress);
  await loadImages(
    { engine, name: TEST_CLUSTER, nodes, state: stateFolder(TEST_CLUSTER) },
    [image],
    progress,
  );
  return image;
}

/** Runs containerd's own client in a node. */
const ctr = (engine: Engine, node: string, ...words: string[]) =>
  inNode(engine, node, ["ctr", "--namespace=k8s.io", ...words]);

/** Gives an image that every node has a further tag, in the nodes alone: an upgrade to it is one to the same program. */
export async function tagInNodes(image: string, tag: string): Promise<void> {
  const { engine, nodes } = await testNodes();
  await Promise.all(nodes.map((node) => ctr(engine, node, "images", "tag", "--force", image, tag)));
}

/** Gives the nodes a variant of an image that they have, in the nodes alone. */
export async function makeVariant(image: string, tag: string, variant: Variant): Promise<void> {
  const { engine, nodes } = await testNodes();
  const [node = ""] = nodes;
  const folder = await mkdtemp(join(tmpdir(), "hitcounter-variant-"));
  try {
    const archive = await writeVariant(await storedImage(engine, node, image), tag, variant, folder);
    await loadIntoNodes(engine, TEST_CLUSTER, archive, terminalProgress());
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** An image as a node has it. */
async function storedImage(engine: Engine, node: string, image: string): Promise<StoredImage> {
  const content = async <T>(digest: string) =>
    JSON.parse(await ctr(engine, node, "content", "get", digest)) as T;
  const listed = await ctr(engine, node, "images", "list", `name==${image}`);
  const digest = /sha256:\w+/.exec(listed)?.[0];
  if (digest === undefined) throw new Error(`${node} has no image ${image}`);
  const manifest = await content<StoredImage["manifest"]>(digest);
  return { manifest, config: await content<StoredImage["config"]>(manifest.config.digest) };
}
