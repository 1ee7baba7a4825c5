import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { terminalProgress } from "../../cluster/progress.ts";
import { type RunResult, run, tryRun } from "../../cluster/shell.ts";
import type { KubeObject } from "../../operator/runtime/objects.ts";
import { ensureProgram } from "./goPrograms.ts";

/** The product's chart. */
export const CHART = join(import.meta.dirname, "../../charts/hitcounter");

/** Longer than Helm waits at its own default, in seconds. */
const TIMEOUT_SECONDS = 600;

/** The real Helm, bound to one cluster, where given, and one namespace, with none of a person's settings. */
export interface Helm {
  /** Runs it and returns what it printed; a failure throws. The values, where there are some, become those of `-f -`. */
  (args: readonly string[], values?: object): Promise<string>;
  /** Runs it, whatever comes of it. */
  attempt(args: readonly string[], values?: object): Promise<RunResult>;
  readonly namespace: string;
  /** Forgets its settings. */
  stop(): Promise<void>;
}

/** Helm for a namespace of the cluster that a kubeconfig names, or for none. */
export async function startHelm(namespace: string, kubeconfig = "/dev/null"): Promise<Helm> {
  const program = await ensureProgram("helm", terminalProgress());
  const home = await mkdtemp(join(tmpdir(), "hitcounter-helm-"));
  const env = { HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home, KUBECONFIG: kubeconfig };
  const options = (values?: object) => ({
    env,
    timeoutSeconds: TIMEOUT_SECONDS,
    ...(values && { input: JSON.stringify(values) }),
  });
  const words = (args: readonly string[], values?: object) => [
    ...args,
    ...["--namespace", namespace],
    ...(values ? ["--values", "-"] : []),
  ];
  return Object.assign(
    (args: readonly string[], values?: object) => run(program, words(args, values), options(values)),
    {
      attempt: (args: readonly string[], values?: object) =>
        tryRun(program, words(args, values), options(values)),
      namespace,
      stop: () => rm(home, { recursive: true, force: true }),
    },
  );
}

/** What Helm renders of a chart, hooks included unless told otherwise. */
export async function render(
  helm: Helm,
  values: object = {},
  { release = "hitcounter", chart = CHART, hooks = true } = {},
): Promise<KubeObject[]> {
  const more = hooks ? [] : ["--no-hooks"];
  return objectsIn(await helm(["template", release, chart, "--include-crds", ...more], values));
}

/** The objects in a stream of YAML. */
export const objectsIn = (text: string): KubeObject[] =>
  parseAllDocuments(text).flatMap((document) => {
    const object = document.toJS() as KubeObject | null;
    return object ? [object] : [];
  });
