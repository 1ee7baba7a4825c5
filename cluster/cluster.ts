import { applyLoadBalancer, applyNodeAddons, waitForNodeAddons } from "./addons.ts";
import { ensureAddressPool } from "./addressPool.ts";
import { AUDIT_POLICY } from "./audit.ts";
import { hashOf } from "./cache.ts";
import { type Engine, presentEngine } from "./engine.ts";
import { ensureBaseImages } from "./images/base.ts";
import { loadImages } from "./images.ts";
import {
  createKindCluster,
  deleteKindCluster,
  emptySharedFolders,
  killNodes,
  nodeContainers,
} from "./kind.ts";
import { kindConfig } from "./kindConfig.ts";
import { ensureKind } from "./kindProgram.ts";
import { type Kubectl, kubectlFor } from "./kubectl.ts";
import { removeUnusedNetwork } from "./network.ts";
import { builtNodeImage } from "./nodeImage/build.ts";
import { chooseNodeImage } from "./nodeImage/official.ts";
import type { Release } from "./nodeImage/releases.ts";
import { requireFreePort } from "./processes.ts";
import type { Progress } from "./progress.ts";
import { repairCluster, waitForNodes } from "./repair.ts";
import { sideBySide } from "./sideBySide.ts";
import { hasState, type Made, readMade, removeState, stateFolder, writeMade } from "./state.ts";

/** The person's cluster: its context, kind-hitcounter, becomes the current one. */
export const PERSONS_CLUSTER = "hitcounter";

/** The cluster of the end-to-end tests: it is in no kubeconfig but its own. */
export const TEST_CLUSTER = "hitcounter-test";

const DEFAULT_HOST_PORT = 8080;

/** Where each cluster's pool lies in the last 256 addresses of the node network, so that both can live. */
const POOL_OFFSETS = { [PERSONS_CLUSTER]: 200, [TEST_CLUSTER]: 160 };

/** One of the clusters that this project makes. */
export type ClusterName = keyof typeof POOL_OFFSETS;

/** The cluster that a person named; any other name throws. */
export function clusterName(text: string): ClusterName {
  if (text === PERSONS_CLUSTER || text === TEST_CLUSTER) {
    return text;
  }
  throw new Error(`--cluster must be ${PERSONS_CLUSTER} or ${TEST_CLUSTER}, not ${text}`);
}

/** A Kubernetes cluster that runs on this machine. */
export interface Cluster {
  name: ClusterName;
  context: string;
  /** Path of a kubeconfig for this cluster alone. */
  kubeconfig: string;
  engine: Engine;
  /** The nodes, which are containers of the engine by the same names; the control plane first. */
  nodes: string[];
  /** Path of the audit log: one JSON event a line. */
  auditLog: string;
  /** Port of 127.0.0.1 that leads to the Service `default/proxy`; only the person's cluster has one. */
  hostPort?: number;
  kubectl: Kubectl;
}

/** Which cluster to have, and whom to tell. */
export interface ClusterOptions {
  name: ClusterName;
  engine: Engine;
  progress: Progress;
  /** What every node is to have, which may still be built: it is loaded along with the cluster's own. */
  images: Promise<{ all: readonly string[] }>;
  /** The release of Kubernetes for a new cluster. */
  release: Release;
  /** Whether the person named it: then one of another minor is not taken for it. */
  insist?: boolean;
  /** Port of 127.0.0.1 for a new cluster of the person's. Default 8080. */
  hostPort?: number;
}

/** Sees to it that a cluster is there and healthy: makes it, repairs it, or leaves it as it is. */
export async function ensureCluster(options: ClusterOptions): Promise<Cluster> {
  const { name, engine, release, progress } = options;
  const state = stateFolder(name);
  const kubectl = kubectlFor(state.kubeconfig, release, progress);
  const before = await nodeContainers(engine, name);
  const key = await clusterKey(release);
  let made = await readMade(state);
  if (made && !canStay(made, key, options)) {
    made = undefined;
  }
  if (made && !(await repairCluster(engine, before, kubectl, progress))) {
    progress.note(`The cluster ${name} cannot be repaired: making it anew`);
    made = undefined;
  }
  const isNew = !made;
  if (!made) {
    if (before.length > 0 || hasState(state)) {
      await removeCluster(engine, name, progress); // what is left of one that was never finished, too
    }
    made = await makeNodes(key, options);
  }
  const nodes = (await nodeContainers(engine, name)).map((node) => node.name);
  await progress.step(isNew ? "Adding the pod network and volumes" : "Checking the addons", async () => {
    const isOurs = made.built && made.key === key; // those of other sources are for other nodes
    if (isOurs) {
      await applyNodeAddons(kubectl);
    }
    await waitForNodes(kubectl);
    if (isOurs) {
      await waitForNodeAddons(kubectl);
    }
  });
  if (isNew) {
    await writeMade(state, made); // what follows is seen to by every run
  }
  const { node: nodeImage } = await ensureBaseImages(engine, progress);
  await loadImages({ engine, name, nodes, state }, [nodeImage, ...(await options.images).all], progress);
  const pool = await ensureAddressPool(engine, nodes[0] ?? "", POOL_OFFSETS[name]);
  await progress.step("Checking the load balancer", () => applyLoadBalancer(kubectl, nodeImage, pool));
  return {
    name,
    context: `kind-${name}`,
    kubeconfig: state.kubeconfig,
    engine,
    nodes,
    auditLog: `${state.audit}/audit.log`,
    ...(made.hostPort === undefined ? {} : { hostPort: made.hostPort }),
    kubectl,
  };
}

/** Removes a cluster with its volumes, its log and its kubeconfig; returns whether there was anything. */
export async function deleteCluster(name: ClusterName, progress: Progress): Promise<boolean> {
  const engine = await presentEngine(progress);
  const hasNodes = engine !== undefined && (await nodeContainers(engine, name)).length > 0;
  if (!hasNodes && !hasState(stateFolder(name))) {
    return false;
  }
  if (engine) {
    await removeCluster(engine, name, progress);
    await removeUnusedNetwork(engine);
  }
  await removeState(stateFolder(name));
  return true;
}

async function removeCluster(engine: Engine, name: ClusterName, progress: Progress): Promise<void> {
  const state = stateFolder(name);
  await progress.step(`Removing the cluster ${name}`, async () => {
    await emptySharedFolders(engine, name);
    await killNodes(engine, name);
    await deleteKindCluster(engine, name, name === TEST_CLUSTER ? state.kubeconfig : undefined, progress);
    await removeState(state);
  });
}

async function makeNodes(key: string, { name, engine, progress, ...options }: ClusterOptions): Promise<Made> {
  const hostPort = options.hostPort ?? DEFAULT_HOST_PORT;
  if (name !== TEST_CLUSTER) {
    await requireFreePort(hostPort); // before minutes are spent
  }
  const [image] = await sideBySide(
    [chooseNodeImage(engine, options.release, progress), ensureKind(progress)],
    progress,
  );
  const made = { key, built: image.built, minor: options.release.minor };
  const state = stateFolder(name);
  if (name === TEST_CLUSTER) {
    await createKindCluster(engine, { name, ownKubeconfig: true }, image, state, progress);
    return made;
  }
  await createKindCluster(engine, { name, ownKubeconfig: false, hostPort }, image, state, progress);
  return { ...made, hostPort };
}

/** Whether a cluster that other sources made may stay: the person's may, its data is dear; a test's may not. */
function canStay(made: Made, key: string, { name, release, insist, progress }: ClusterOptions): boolean {
  if (made.key === key) {
    return true;
  }
  if (name === TEST_CLUSTER) {
    progress.note(`The cluster ${name} was made from other sources: making it anew`);
    return false;
  }
  if (insist && made.minor !== release.minor) {
    throw new Error(
      `The cluster ${name} is there and runs Kubernetes ${made.minor ?? "of another release"}, not ${release.minor}: "npm run down" removes it with its data, then try again`,
    );
  }
  progress.note(
    `The cluster ${name} was made by another version of this project: "npm run down" and "npm run up" renew it`,
  );
  return true;
}

/** A hash of what shapes a cluster's nodes. */
async function clusterKey(release: Release): Promise<string> {
  const config = kindConfig({
    name: "",
    built: true,
    cgroupV1: true,
    volumes: "",
    audit: "",
    hostPort: DEFAULT_HOST_PORT,
  });
  return await hashOf([], config, AUDIT_POLICY, await builtNodeImage(release));
}
