import type { V1Service } from "@kubernetes/client-node";
import { Agent, buildConnector, request } from "undici";
import { z } from "zod";
import { counterPaths, goneBackHeader } from "../../../counter/contract.ts";
import type { HitCounter } from "../../api/hitCounter.ts";
import { hostInUrl } from "../../desired/hostInUrl.ts";
import { HTTPS } from "../../desired/services.ts";
import { errorMessage, type KubeClient } from "../../runtime/index.ts";
import { httpsPortOf } from "./proxyService.ts";

/** What the proxy said when asked for the count; perhaps that Redis holds a lower one than a counter has seen. */
export type CountAnswer =
  | { readonly hits: number; readonly failure?: never; readonly goneBack?: never }
  | { readonly hits?: never; readonly failure: string; readonly goneBack?: { from: number; to: number } };

/** Where a proxy is asked. */
export type ProxyTarget = ReturnType<typeof targetOf>;

/** Asks a proxy for the count, which counts nothing; throws where there is no answer. */
export type AskProxy = (target: ProxyTarget, signal: AbortSignal) => Promise<CountAnswer>;

/** By what protocols a proxy is asked. */
interface Protocols {
  /** Whether it is told who asks, as by a balancer. */
  readonly proxyProtocol?: boolean;
  readonly byHttps?: boolean;
}

/**
 * Where the proxy behind a Service is asked, and how. The uids tell it from another that had its name.
 */
export const targetOf = (
  { metadata }: HitCounter,
  service: V1Service,
  { proxyProtocol = false, byHttps = false }: Protocols = {},
) => ({
  uids: [metadata.uid, service.metadata?.uid],
  namespace: metadata.namespace,
  service: service.metadata?.name ?? "",
  address: service.spec?.clusterIP ?? "",
  port: (byHttps ? httpsPortOf(service) : service.spec?.ports?.[0]?.port) ?? 80,
  proxyProtocol,
  byHttps,
});

/** What it means that a proxy gave no answer. */
export const noAnswer = (error: unknown): CountAnswer => ({
  failure: `the proxy gave no answer: ${errorMessage(error)}`,
});

// Names of headers come in lower case.
const HEADER = goneBackHeader.toLowerCase();
const body = z.object({ hits: z.int().min(0) });

/**
 * Takes any certificate: it is asked for by an address, which none is for, and to see that the way to the count is open. What
 * the certificate is worth is looked at where it comes from, and visitors judge it by the name that they know.
 */
const connector = buildConnector({ rejectUnauthorized: false });
const asVisitor = new Agent({ connect: connector });
/** Makes connections that begin by the PROXY protocol, and say nothing of anybody; then comes TLS, where it does. */
const asBalancer = new Agent({
  connect: (options, callback) =>
    connector({ ...options, protocol: "http:" }, (...made) => {
      const [, socket] = made;
      socket?.write("PROXY UNKNOWN\r\n");
      if (socket && options.protocol === "https:") connector({ ...options, httpSocket: socket }, callback);
      else callback(...made);
    }),
});

/**
 * Asks the Service by its cluster IP, for an operator that runs in the cluster. By a new connection each time, as a
 * visitor's is: one that was kept open goes on working when its Service is gone, and DNS knows of a new one only later.
 */
export const askService: AskProxy = async ({ address, port, proxyProtocol, byHttps }, signal) => {
  const options = { signal, reset: true, dispatcher: proxyProtocol ? asBalancer : asVisitor };
  const scheme = byHttps ? "https" : "http";
  const response = await request(`${scheme}://${hostInUrl(address)}:${port}${counterPaths.hits}`, options);
  return read(response.statusCode, response.headers[HEADER]?.toString(), await response.body.text());
};

/**
 * Asks through the API server's service proxy: for an operator that runs outside the cluster. The API server speaks HTTP
 * and nothing before it, so a proxy that wants the PROXY protocol first can't be asked, and is not known to answer.
 */
export const askThroughApiServer =
  (client: KubeClient): AskProxy =>
  async ({ namespace, service, proxyProtocol, byHttps }, signal) => {
    if (proxyProtocol)
      throw new Error(
        "behind the PROXY protocol (spec.proxy.clientAddress) only an operator in the cluster can ask it",
      );
    const scheme = byHttps ? HTTPS : "http";
    // It takes any certificate as well.
    const path = `/api/v1/namespaces/${namespace}/services/${scheme}:${service}:${scheme}/proxy${counterPaths.hits}`;
    const response = await client.raw("GET", path, { signal });
    return read(response.status, response.headers[HEADER], response.body);
  };

function read(status: number, goneBack: string | undefined, text: string): CountAnswer {
  if (status === 200) return body.parse(JSON.parse(text));
  const [, from, to] = /^(\d{1,15}) (\d{1,15})$/.exec(goneBack ?? "") ?? [];
  const lost = from !== undefined && { goneBack: { from: Number(from), to: Number(to) } };
  return { failure: `the proxy answered ${status}`, ...lost };
}
