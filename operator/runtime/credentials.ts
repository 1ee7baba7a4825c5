import type { RequestOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import type { Clock } from "./clock.ts";

const TLS_OPTIONS = ["ca", "cert", "key", "pfx", "passphrase", "servername", "rejectUnauthorized"] as const;

/** What it takes to be let in to the API server. */
export interface Access {
  readonly server: string;
  /** An HTTP proxy in between. */
  readonly proxy: string | undefined;
  readonly tls: Readonly<Pick<RequestOptions, (typeof TLS_OPTIONS)[number]>>;
  readonly headers: Readonly<Record<string, string>>;
}

export type Credentials = ReturnType<typeof createCredentials>;

const FRESH_FOR_MS = 30_000;

/** Credentials by @kubernetes/client-node, which knows how to read kubeconfigs; its own requests are not used. */
export function createCredentials(load: () => KubeConfig, clock: Clock) {
  // At once, so that a bad kubeconfig stops the start.
  let config: KubeConfig | undefined = load();
  let current: { access: Promise<Access>; madeAt: number } | undefined;
  let last: Access | undefined;

  const renew = async (): Promise<Access> => {
    config ??= load();
    last = await accessOf(config);
    return last;
  };

  return {
    /** The access that holds now; token files, certificates and exec plugins are asked again every half minute. */
    access: (): Promise<Access> => {
      if (current === undefined || clock.now() - current.madeAt > FRESH_FOR_MS) {
        const access = renew();
        current = { access, madeAt: clock.now() };
        access.catch(() => {
          current = undefined;
        });
      }
      return current.access;
    },
    /** Says that this access was refused: the next one is made from a kubeconfig read anew. */
    refused: (access: Access): void => {
      if (access === last) {
        // The library remembers tokens for a while; only a new KubeConfig forgets them.
        config = undefined;
        current = undefined;
      }
    },
  };
}

async function accessOf(config: KubeConfig): Promise<Access> {
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new Error(`The kubeconfig has no cluster for its context "${config.getCurrentContext()}"`);
  }
  const headers: Record<string, string> = {};
  const options: RequestOptions = { headers };
  await config.applyToHTTPSOptions(options);
  if (typeof options.auth === "string") {
    headers.Authorization = `Basic ${Buffer.from(options.auth).toString("base64")}`;
  }
  return {
    server: cluster.server,
    proxy: cluster.proxyUrl,
    // Only what is set: to Node's TLS, `rejectUnauthorized: undefined` is not the same as its default.
    tls: Object.fromEntries(
      TLS_OPTIONS.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]),
    ),
    // A token read from a file may end in a newline, which no header may hold.
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.trim()])),
  };
}
