import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { hashOf } from "./cache.ts";
import { VOLUMES_FOLDER } from "./kindConfig.ts";
import type { Kubectl } from "./kubectl.ts";
import { COMPONENT_IMAGE } from "./nodeImage/build.ts";

const FOLDER = join(import.meta.dirname, "addons");
const LOAD_BALANCER = join(import.meta.dirname, "loadBalancer");
const PROGRAM_FILES = ["controller.ts", "assign.ts"];
const ROLLOUT_SECONDS = 120;

/**
 * Applies what a node image made from packages lacks: the pod network, what enforces NetworkPolicies (kind's own image
 * has kindnet for both), and volumes that all nodes share.
 */
export async function applyNodeAddons(kubectl: Kubectl): Promise<void> {
  for (const name of ["pod-network", "network-policies", "volumes"]) {
    await kubectl(["apply", "--filename", "-"], {
      input: await manifest(name, { COMPONENT_IMAGE, VOLUMES_FOLDER }),
    });
  }
}

/** Waits until NetworkPolicies are enforced on every node. */
export async function waitForNodeAddons(kubectl: Kubectl): Promise<void> {
  await kubectl([
    ...["rollout", "status", "--namespace=kube-system", "daemonset/network-policies"],
    `--timeout=${ROLLOUT_SECONDS}s`,
  ]);
}

/** Applies the load balancer with its pool of addresses, and waits until it runs. */
export async function applyLoadBalancer(
  kubectl: Kubectl,
  nodeImage: string,
  pool: readonly string[],
): Promise<void> {
  const values = {
    NODE_IMAGE: nodeImage,
    ADDRESS_POOL: pool.join(","),
    PROGRAM_HASH: await hashOf(PROGRAM_FILES.map((name) => join(LOAD_BALANCER, name))),
  };
  await kubectl(["apply", "--filename", "-"], { input: await manifest("load-balancer", values) });
  await kubectl(["apply", "--filename", "-"], { input: JSON.stringify(await loadBalancerProgram()) });
  await kubectl([
    "rollout",
    "status",
    "--namespace=load-balancer",
    "deployment/load-balancer",
    `--timeout=${ROLLOUT_SECONDS}s`,
  ]);
}

/** The load balancer's files; package.json makes Node.js read them as ES modules. */
async function loadBalancerProgram(): Promise<object> {
  const data: Record<string, string> = { "package.json": '{"type":"module"}' };
  for (const name of PROGRAM_FILES) {
    data[name] = await readFile(join(LOAD_BALANCER, name), "utf8");
  }
  const metadata = { name: "load-balancer-program", namespace: "load-balancer" };
  return { apiVersion: "v1", kind: "ConfigMap", metadata, data };
}

async function manifest(name: string, values: Record<string, string>): Promise<string> {
  const text = await readFile(join(FOLDER, `${name}.yaml`), "utf8");
  return text.replaceAll(/\$\{(\w+)\}/g, (_, key: string) => {
    const value = values[key];
    if (value === undefined) {
      throw new Error(`cluster/addons/${name}.yaml asks for \${${key}}, which nobody gives`);
    }
    return value;
  });
}
