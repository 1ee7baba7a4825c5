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

/** Gives the nodes a variant of an image that the engine has, the same but for variables of its environment. */
export async function makeVariant(image: string, tag: string, env: Record<string, string>): Promise<void> {
  const { engine, nodes } = await testNodes();
  const lines = Object.entries(env).map(([name, value]) => `ENV ${name}=${value}\n`);
  await run(engine.command, ["build", "--quiet", "--pull=never", "--tag", tag, "-"], {
    env: engine.env,
    input: `FROM ${image}\n${lines.join("")}`,
  });
  const target = { engine, name: TEST_CLUSTER, nodes, state: stateFolder(TEST_CLUSTER) };
  await loadImages(target, [tag], terminalProgress());
}
