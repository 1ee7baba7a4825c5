import { TEST_CLUSTER } from "../../cluster/cluster.ts";
import { type Engine, findEngine } from "../../cluster/engine.ts";
import { inNode, nodeContainers } from "../../cluster/kind.ts";
import { terminalProgress } from "../../cluster/progress.ts";

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
