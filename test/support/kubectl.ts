import { type RunResult, run, tryRun } from "../../cluster/shell.ts";
import { connect } from "../../operator/runtime/connect.ts";
import type { KubeClient } from "../../operator/runtime/kubeClient.ts";

/** kubectl, bound to one cluster and, where given, one namespace. */
export interface Kubectl {
  /** Runs it and returns what it printed; a failure throws. */
  (...args: string[]): Promise<string>;
  /** Runs it, whatever comes of it. */
  attempt(...args: string[]): Promise<RunResult>;
  /** Applies manifests: a string of YAML or JSON, or an object. */
  apply(manifest: string | object): Promise<string>;
  /** Applies manifests and returns what was said of them, refused or not. */
  attemptApply(manifest: string | object): Promise<RunResult>;
  /** `get … -o json`. */
  json<T>(...args: string[]): Promise<T>;
  /** The same kubectl in another namespace. */
  in(namespace: string): Kubectl;
  readonly namespace: string;
  /** For what is asked again and again: each process takes a tenth of a second from those that are waited for. */
  readonly client: KubeClient;
}

const text = (manifest: string | object) =>
  typeof manifest === "string" ? manifest : JSON.stringify(manifest);

export const kubectlFor = (kubeconfig: string): Kubectl =>
  kubectlIn(kubeconfig, connect({ kubeconfig, userAgent: "test" }));

/** A process that lives for so short a time collects no garbage: that takes a quarter of its CPU. */
const env = { GOGC: "off" };

function kubectlIn(kubeconfig: string, client: KubeClient, namespace?: string): Kubectl {
  const common = ["--kubeconfig", kubeconfig, ...(namespace ? ["--namespace", namespace] : [])];
  const options = (input?: string) => ({ env, timeoutSeconds: 300, ...(input !== undefined && { input }) });
  const attempt = (args: string[], input?: string) => tryRun("kubectl", [...common, ...args], options(input));
  const must = (args: string[], input?: string) => run("kubectl", [...common, ...args], options(input));
  return Object.assign((...args: string[]) => must(args), {
    attempt: (...args: string[]) => attempt(args),
    apply: (manifest: string | object) => must(["apply", "-f", "-"], text(manifest)),
    attemptApply: (manifest: string | object) => attempt(["apply", "-f", "-"], text(manifest)),
    json: async <T>(...args: string[]) => JSON.parse(await must([...args, "-o", "json"])) as T,
    in: (other: string) => kubectlIn(kubeconfig, client, other),
    namespace: namespace ?? "default",
    client,
  });
}
