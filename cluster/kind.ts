import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { AUDIT_POLICY } from "./audit.ts";
import type { Engine } from "./engine.ts";
import { AUDIT_FOLDER, kindConfig, VOLUMES_FOLDER } from "./kindConfig.ts";
import { ensureKind } from "./kindProgram.ts";
import { ensureNetwork } from "./network.ts";
import type { NodeImage } from "./nodeImage/official.ts";
import type { Progress } from "./progress.ts";
import { run, tryRun } from "./shell.ts";
import { makeState, type StateFolder } from "./state.ts";

/** One container that is a node, as the engine tells it. */
export interface NodeContainer {
  name: string;
  running: boolean;
}

/** What kind mounts into every node, and not every machine has. */
const MODULES_FOLDER = "/lib/modules";
const CREATE_SECONDS = 600;

/** The containers of a kind cluster, control plane first. */
export async function nodeContainers(engine: Engine, cluster: string): Promise<NodeContainer[]> {
  const filter = `label=io.x-k8s.kind.cluster=${cluster}`;
  const format = "{{.Names}} {{.Status}}";
  const list = await run(engine.command, ["ps", "--all", "--filter", filter, "--format", format], {
    env: engine.env,
  });
  return list
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split(" "))
    .map(([name = "", state = ""]) => ({ name, running: state === "Up" }))
    .sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}

const rank = ({ name }: NodeContainer) => (name.endsWith("-control-plane") ? 0 : 1);

/** Runs a command in a node. */
export async function inNode(engine: Engine, node: string, command: readonly string[]): Promise<string> {
  return await run(engine.command, ["exec", node, ...command], { env: engine.env, timeoutSeconds: 120 });
}

/** Makes a cluster's nodes and joins them; they are Ready only when the addons are there. */
export async function createKindCluster(
  engine: Engine,
  cluster: { name: string; hostPort?: number; ownKubeconfig: boolean },
  image: NodeImage,
  state: StateFolder,
  progress: Progress,
): Promise<void> {
  const kind = await ensureKind(progress);
  await ensureModulesFolder(progress);
  await ensureNetwork(engine);
  await makeState(state);
  await writeFile(join(state.audit, "policy.yaml"), AUDIT_POLICY);
  const config = JSON.stringify(
    kindConfig({
      ...cluster,
      built: image.built,
      cgroupV1: process.platform === "linux" && !existsSync("/sys/fs/cgroup/cgroup.controllers"),
      volumes: state.volumes,
      audit: state.audit,
    }),
  );
  const kubeconfig = cluster.ownKubeconfig ? ["--kubeconfig", state.kubeconfig] : [];
  await progress.step(`Creating the cluster ${cluster.name}`, async () => {
    await run(
      kind,
      ["create", "cluster", "--name", cluster.name, "--image", image.tag, "--config", "-", ...kubeconfig],
      {
        env: engine.env,
        input: config,
        timeoutSeconds: CREATE_SECONDS,
        onOutput: (text) => noteSteps(text, progress),
      },
    );
  });
  const content = await run(kind, ["get", "kubeconfig", "--name", cluster.name], { env: engine.env });
  await writeFile(state.kubeconfig, content, { mode: 0o600 });
}

/** Empties the folders that nodes share with this machine: what is in them belongs to the pods' users. */
export async function emptySharedFolders(engine: Engine, name: string): Promise<void> {
  const command = [
    "exec",
    `${name}-control-plane`,
    "sh",
    "-c",
    `rm -rf ${VOLUMES_FOLDER}/* ${AUDIT_FOLDER}/*`,
  ];
  await tryRun(engine.command, command, { env: engine.env, timeoutSeconds: 120 });
}

/**
 * Ends a cluster's nodes at once, as nothing in them is needed any more: Podman would first wait 10 s for them to end by
 * themselves.
 */
export async function killNodes(engine: Engine, name: string): Promise<void> {
  const running = (await nodeContainers(engine, name)).filter((node) => node.running);
  if (running.length > 0) {
    await tryRun(engine.command, ["kill", ...running.map((node) => node.name)], { env: engine.env });
  }
}

/** Removes a cluster's nodes and its kubeconfig context. */
export async function deleteKindCluster(
  engine: Engine,
  name: string,
  kubeconfig: string | undefined,
  progress: Progress,
): Promise<void> {
  const kind = await ensureKind(progress);
  const args = ["delete", "cluster", "--name", name];
  await run(kind, kubeconfig === undefined ? args : [...args, "--kubeconfig", kubeconfig], {
    env: engine.env,
    timeoutSeconds: 180,
  });
}

/** Loads an image archive into every node of a cluster. */
export async function loadIntoNodes(
  engine: Engine,
  name: string,
  archive: string,
  progress: Progress,
  nodes: readonly string[] = [],
): Promise<void> {
  const kind = await ensureKind(progress);
  const some = nodes.length > 0 ? ["--nodes", nodes.join(",")] : [];
  await run(kind, ["load", "image-archive", archive, "--name", name, ...some], { env: engine.env });
}

async function ensureModulesFolder(progress: Progress): Promise<void> {
  if (process.platform !== "linux" || existsSync(MODULES_FOLDER)) {
    return; // elsewhere the engine runs in a virtual machine of its own
  }
  if (process.getuid?.() !== 0) {
    throw new Error(`kind needs the folder ${MODULES_FOLDER}: sudo mkdir ${MODULES_FOLDER}, and try again`);
  }
  progress.note(`Making the empty folder ${MODULES_FOLDER}, which kind mounts`);
  await mkdir(MODULES_FOLDER);
}

/** Passes on what kind says it has done. */
function noteSteps(text: string, progress: Progress): void {
  for (const line of text.split(/[\r\n]/)) {
    const step = /^\s*[✓✗]\s+(.*[\w.)])/.exec(line)?.[1];
    if (step) {
      progress.note(step);
    }
  }
}
