import { join } from "node:path";
import process from "node:process";
import { TEST_CLUSTER } from "../../cluster/cluster.ts";
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

/** The tests' own cluster, made or repaired as need be, and what making it printed. */
export async function testCluster(): Promise<{ kubectl: Kubectl; kubeconfig: string; printed: string }> {
  const { code, stdout } = await npmRun("up");
  if (code !== 0) throw new Error(`npm run up failed with exit code ${code}`);
  const { kubeconfig } = stateFolder(TEST_CLUSTER);
  return { kubectl: kubectlFor(kubeconfig), kubeconfig, printed: stdout };
}

/** A namespace of a test's own, made anew, in which only pods that pass Pod Security `restricted` may run. */
export async function freshNamespace(kubectl: Kubectl, name: string): Promise<Kubectl> {
  await kubectl("delete", "namespace", name, "--ignore-not-found", "--timeout=180s");
  await kubectl.apply({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
  });
  return kubectl.in(name);
}
