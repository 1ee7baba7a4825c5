import { ensurePrograms } from "./nodeImage/programs.ts";
import type { Release } from "./nodeImage/releases.ts";
import type { Progress } from "./progress.ts";
import { type RunOptions, run } from "./shell.ts";
import { which } from "./tools.ts";

/** Runs kubectl on one cluster, whatever the person's current context; returns what it printed. */
export type Kubectl = (args: readonly string[], options?: RunOptions) => Promise<string>;

/** kubectl for the cluster that a kubeconfig file names; the program is looked for when it is first needed. */
export function kubectlFor(kubeconfig: string, release: Release, progress: Progress): Kubectl {
  let program: Promise<string> | undefined;
  return async (args, options) => {
    program ??= ensureKubectl(release, progress);
    return await run(await program, ["--kubeconfig", kubeconfig, ...args], options);
  };
}

/** The kubectl on the PATH, else the one that is built with a release's other programs. */
export async function ensureKubectl(release: Release, progress: Progress): Promise<string> {
  return which("kubectl") ?? `${(await ensurePrograms(release, progress)).folder}/kubectl`;
}
