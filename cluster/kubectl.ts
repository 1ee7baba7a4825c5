import { ensurePrograms } from "./nodeImage/programs.ts";
import type { Progress } from "./progress.ts";
import { type RunOptions, run } from "./shell.ts";
import { which } from "./tools.ts";

/** Runs kubectl on one cluster, whatever the person's current context; returns what it printed. */
export type Kubectl = (args: readonly string[], options?: RunOptions) => Promise<string>;

/** kubectl for the cluster that a kubeconfig file names. */
export async function kubectlFor(kubeconfig: string, progress: Progress): Promise<Kubectl> {
  const program = await ensureKubectl(progress);
  return (args, options) => run(program, ["--kubeconfig", kubeconfig, ...args], options);
}

/** The kubectl on the PATH, else the one that is built with Kubernetes' other programs. */
export async function ensureKubectl(progress: Progress): Promise<string> {
  return which("kubectl") ?? `${(await ensurePrograms(progress)).folder}/kubectl`;
}
