import { KubeConfig } from "@kubernetes/client-node";
import { systemClock } from "./clock.ts";
import { createCredentials } from "./credentials.ts";
import { type Fence, fenced } from "./fence.ts";
import { createKubeClient, type KubeClient } from "./kubeClient.ts";
import type { Metrics } from "./metrics.ts";
import { createTransport } from "./transport.ts";

export interface ConnectOptions {
  /** A kubeconfig file. Default: as kubectl finds it, else the service account of the pod this runs in. */
  readonly kubeconfig?: string | undefined;
  /** Default: the kubeconfig's current context. */
  readonly context?: string | undefined;
  /** What the API server's audit log calls this program. */
  readonly userAgent?: string | undefined;
  /** Counts the requests. */
  readonly metrics?: Metrics | undefined;
  /** Writes are sent only while it is open. Default: always. */
  readonly fence?: Fence | undefined;
}

/** A client for the cluster a kubeconfig, or the pod this runs in, names. Throws when there is no such context. */
export function connect(options: ConnectOptions = {}): KubeClient {
  const { userAgent = "kubernetes-controller", metrics, fence } = options;
  const credentials = createCredentials(() => loadConfig(options), systemClock);
  const transport = createTransport(credentials, {
    userAgent,
    onAnswer: (method, code, host) => metrics?.requests.inc({ method, code, host }),
  });
  return createKubeClient(fence ? fenced(transport, fence) : transport);
}

function loadConfig({ kubeconfig, context }: ConnectOptions): KubeConfig {
  const config = new KubeConfig();
  if (kubeconfig === undefined) {
    config.loadFromDefault();
  } else {
    config.loadFromFile(kubeconfig);
  }
  if (context !== undefined) config.setCurrentContext(context);
  if (config.getCurrentCluster() === null) {
    const known = config.getContexts().map(({ name }) => name);
    throw new Error(
      `No context "${config.getCurrentContext()}" in the kubeconfig; it has: ${known.join(", ") || "none"}`,
    );
  }
  return config;
}
