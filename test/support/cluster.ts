import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import type { V1Deployment } from "@kubernetes/client-node";
import { TEST_CLUSTER } from "../../cluster/cluster.ts";
import { NAMESPACE } from "../../cluster/deploy.ts";
import { type RunResult, tryRun } from "../../cluster/shell.ts";
import { stateFolder } from "../../cluster/state.ts";
import { type Kubectl, kubectlFor } from "./kubectl.ts";

const root = join(import.meta.dirname, "../..");

/** Runs `npm run up` or `npm run down` on the tests' own cluster, with its progress on the terminal. */
export async function npmRun(script: "up" | "down", ...more: string[]): Promise<RunResult> {
  return await tryRun("npm", ["run", "--silent", script, "--", "--cluster", TEST_CLUSTER, ...more], {
    cwd: root,
    timeoutSeconds: 3600,
    onOutput: (text) => process.stderr.write(text),
  });
}

/** The tests' own cluster, which the stage before their own has made. */
export function testCluster(): { kubectl: Kubectl; kubeconfig: string } {
  const { kubeconfig } = stateFolder(TEST_CLUSTER);
  if (!existsSync(kubeconfig)) throw new Error("There is no test cluster: npm run test:e2e makes it");
  return { kubectl: kubectlFor(kubeconfig), kubeconfig };
}

/** Makes the tests' own cluster as it was, where something of it is down; returns what that printed. */
export async function repairCluster(): Promise<string> {
  const { code, stdout } = await npmRun("up");
  if (code !== 0) throw new Error(`npm run up failed with exit code ${code}`);
  return stdout;
}

/** The image of the operator that runs in a cluster, and its environment, such as COUNTER_IMAGE. */
export async function installedOperator(
  kubectl: Kubectl,
): Promise<{ image: string; env: Record<string, string> }> {
  const { spec } = await kubectl.in(NAMESPACE).json<V1Deployment>("get", "deployment", "hitcounter-operator");
  const { image = "", env = [] } = spec?.template.spec?.containers[0] ?? {};
  return { image, env: Object.fromEntries(env.map(({ name, value }) => [name, value ?? ""])) };
}

/** Has the operator that is installed have so many pods from now on. */
export const scaleOperator = (kubectl: Kubectl, replicas: number) =>
  kubectl.in(NAMESPACE)("scale", "deployment/hitcounter-operator", `--replicas=${replicas}`);

/**
 * Takes the operator that is installed out of the way of another, and waits until it is gone: no two ever look after the
 * same HitCounter. Returns what brings it back.
 */
export async function standAside(kubectl: Kubectl): Promise<() => Promise<unknown>> {
  const system = kubectl.in(NAMESPACE);
  const bringBack = () => scaleOperator(kubectl, 2);
  await scaleOperator(kubectl, 0);
  const pods = ["pod", "-l", "app.kubernetes.io/name=hitcounter-operator"];
  try {
    await system("wait", "--for=delete", ...pods, "--timeout=180s");
  } catch (error) {
    await bringBack();
    throw error;
  }
  return bringBack;
}

/** A namespace of a test's own, made anew, in which only pods that pass Pod Security `restricted` may run. */
export async function freshNamespace(
  kubectl: Kubectl,
  name: string,
  labels: Record<string, string> = {},
): Promise<Kubectl> {
  await kubectl("delete", "namespace", name, "--ignore-not-found", "--timeout=180s");
  await kubectl.apply({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, labels: { ...labels, "pod-security.kubernetes.io/enforce": "restricted" } },
  });
  return kubectl.in(name);
}
