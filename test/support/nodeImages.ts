import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TEST_CLUSTER } from "../../cluster/cluster.ts";
import { type Engine, findEngine } from "../../cluster/engine.ts";
import { loadImages } from "../../cluster/images.ts";
import { inNode, nodeContainers } from "../../cluster/kind.ts";
import { terminalProgress } from "../../cluster/progress.ts";
import { run } from "../../cluster/shell.ts";
import { stateFolder } from "../../cluster/state.ts";

/** The containers that are the test cluster's nodes, and their engine. */
export async function testNodes(): Promise<{ engine: Engine; nodes: string[] }> {
  const engine = await findEngine(terminalProgress());
  return { engine, nodes: (await nodeContainers(engine, TEST_CLUSTER)).map(({ name }) => name) };
}

/** Gives an image that every node has a further tag, in the nodes alone: an upgrade to it is one to the same program. */
export async function tagInNodes(image: string, tag: string): Promise<void> {
  const { engine, nodes } = await testNodes();
  for (const node of nodes) {
    await inNode(engine, node, ["ctr", "--namespace=k8s.io", "images", "tag", "--force", image, tag]);
  }
}

/** How a variant of an image differs from it. */
interface Variant {
  /** Variables of its environment. */
  env?: Readonly<Record<string, string>>;
  /** Files, by their path in the image; their contents. */
  files?: Readonly<Record<string, string>>;
}

/** Gives the nodes a variant of an image that the engine has. */
export async function makeVariant(image: string, tag: string, { env = {}, files = {} }: Variant) {
  const { engine, nodes } = await testNodes();
  const folder = await mkdtemp(join(tmpdir(), "hitcounter-variant-"));
  try {
    const lines = [`FROM ${image}`, ...Object.entries(env).map(([name, value]) => `ENV ${name}=${value}`)];
    for (const [index, [path, content]] of Object.entries(files).entries()) {
      await writeFile(join(folder, `${index}`), content, { mode: 0o644 });
      lines.push(`COPY ${index} ${path}`);
    }
    await writeFile(join(folder, "Dockerfile"), `${lines.join("\n")}\n`);
    const build = ["build", "--quiet", "--pull=never", "--tag", tag, folder];
    await run(engine.command, build, { env: engine.env });
  } finally {
    await rm(folder, { recursive: true });
  }
  const target = { engine, name: TEST_CLUSTER, nodes, state: stateFolder(TEST_CLUSTER) };
  await loadImages(target, [tag], terminalProgress());
}
