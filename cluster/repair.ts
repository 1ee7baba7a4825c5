import type { Engine } from "./engine.ts";
import type { NodeContainer } from "./kind.ts";
import type { Kubectl } from "./kubectl.ts";
import type { Progress } from "./progress.ts";
import { run } from "./shell.ts";

/** One control plane and three workers, as three copies of Redis need a node each. */
const NODES = 4;
const API_SECONDS = 120;
const READY_SECONDS = 180;

/** Starts a cluster's stopped nodes and waits for all to be Ready; returns whether the cluster can be used. */
export async function repairCluster(
  engine: Engine,
  containers: readonly NodeContainer[],
  kubectl: Kubectl,
  progress: Progress,
): Promise<boolean> {
  if (containers.length !== NODES) {
    return false;
  }
  const stopped = containers.filter(({ running }) => !running).map(({ name }) => name);
  try {
    if (stopped.length === 0 && (await allReady(kubectl))) {
      return true;
    }
    const since = new Date();
    for (const name of stopped) {
      await progress.step(`Starting the stopped node ${name}`, async () => {
        await run(engine.command, ["start", name], { env: engine.env });
      });
    }
    await progress.step("Waiting for the nodes to be Ready", async () => {
      await until(API_SECONDS, () => kubectl(["get", "--raw", "/readyz"], { timeoutSeconds: 5 }));
      await waitForNodes(kubectl, stopped.length > 0 ? since : undefined);
    });
    return true;
  } catch (error) {
    progress.note(String(error instanceof Error ? error.message : error));
    return false;
  }
}

/** Waits until every node is Ready and, if a time is given, was heard of since. */
export async function waitForNodes(kubectl: Kubectl, since?: Date): Promise<void> {
  if (since) {
    // Until its lease is missed, a node that was away still counts as Ready.
    await until(READY_SECONDS, async () => {
      const path = ["get", "leases", "--namespace=kube-node-lease", "--output=json"];
      const { items }: { items: { spec: { renewTime: string } }[] } = JSON.parse(await kubectl(path));
      if (items.length < NODES || items.some(({ spec }) => new Date(spec.renewTime) < since)) {
        throw new Error("A node has not been heard of yet");
      }
    });
  }
  await kubectl(["wait", "--for=condition=Ready", "nodes", "--all", `--timeout=${READY_SECONDS}s`], {
    timeoutSeconds: READY_SECONDS + 10,
  });
}

async function allReady(kubectl: Kubectl): Promise<boolean> {
  const path = '{.items[*].status.conditions[?(@.type=="Ready")].status}';
  const states = await kubectl(["get", "nodes", `--output=jsonpath=${path}`], { timeoutSeconds: 10 }).catch(
    () => "",
  );
  return states.trim() === Array.from({ length: NODES }, () => "True").join(" ");
}

/** Tries until it works, throwing the last error when the time is up. */
async function until(seconds: number, work: () => Promise<unknown>): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      if (performance.now() > deadline) {
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}
