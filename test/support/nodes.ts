import type { V1Node, V1Pod } from "@kubernetes/client-node";
import { TEST_CLUSTER } from "../../cluster/cluster.ts";
import { inNode } from "../../cluster/kind.ts";
import { run } from "../../cluster/shell.ts";
import type { Kubectl } from "./kubectl.ts";
import { testNodes } from "./nodeImages.ts";

/** How long a drain may take (s): a pod that serves to its end takes 45 s at most. */
const DRAIN_SECONDS = 240;

/** The names of the nodes that HitCounters run on. */
export async function workersOf(cluster: Kubectl): Promise<string[]> {
  const worker = "!node-role.kubernetes.io/control-plane";
  const { items } = await cluster.json<{ items: V1Node[] }>("get", "nodes", "-l", worker);
  return items.map(({ metadata }) => metadata?.name ?? "");
}

/** The pods among these that are on this node. */
export const podsOn = (node: string, pods: readonly V1Pod[]) =>
  pods.filter(({ spec }) => spec?.nodeName === node);

/** Node affinity of pods that go to this node where they can. */
export const preferring = (node: string) => {
  const matchExpressions = [{ key: "kubernetes.io/hostname", operator: "In", values: [node] }];
  const preferred = [{ weight: 100, preference: { matchExpressions } }];
  return { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: preferred } };
};

/** Empties a node as a person would who is about to update it; it takes no new pod until it is uncordoned. */
export async function drain(cluster: Kubectl, node: string): Promise<void> {
  const flags = ["--ignore-daemonsets", "--delete-emptydir-data", `--timeout=${DRAIN_SECONDS}s`];
  await cluster("drain", node, ...flags);
}

/** Lets a drained node take pods again. */
export const uncordon = async (cluster: Kubectl, node: string) => void (await cluster("uncordon", node));

/** Ends a node as a power failure would: at once, with all that runs on it. `npm run up` starts it again. */
export async function cutPower(node: string): Promise<void> {
  const { engine } = await testNodes();
  await run(engine.command, ["kill", "--signal", "KILL", node], { env: engine.env });
}

/** What a pod answers to a request from its own node, whom no policy keeps away; headers and all. */
export async function askOnNode({ spec, status }: V1Pod, port: number, path: string): Promise<string> {
  const { engine } = await testNodes();
  const ask = `exec 3<>"/dev/tcp/$1/$2" && printf 'GET %s HTTP/1.0\\r\\n\\r\\n' "$3" >&3 && cat <&3`;
  const words = ["timeout", "10", "bash", "-c", ask, "-", status?.podIP ?? "", `${port}`, path];
  return await inNode(engine, spec?.nodeName ?? "", words);
}

/** Kills a container's first process on its node, which is nothing that Kubernetes did or was told of. */
export async function killProcess({ spec, status }: V1Pod): Promise<void> {
  const { engine } = await testNodes();
  const id = status?.containerStatuses?.[0]?.containerID?.replace("containerd://", "") ?? "";
  const kill = ["ctr", "--namespace=k8s.io", "task", "kill", "--signal", "SIGKILL", id];
  await run(engine.command, ["exec", spec?.nodeName ?? "", ...kill], { env: engine.env });
}

/** Stops the API server in its tracks, as its machine would that hangs: connections stay, and nothing answers. Returns what lets it go on. */
export async function holdApiServer(): Promise<() => Promise<void>> {
  const { engine } = await testNodes();
  const signal = async (name: string) => {
    const kill = [
      "exec",
      `${TEST_CLUSTER}-control-plane`,
      "pkill",
      "--exact",
      `--signal=${name}`,
      "kube-apiserver",
    ];
    await run(engine.command, kill, { env: engine.env });
  };
  await signal("STOP");
  return () => signal("CONT");
}
