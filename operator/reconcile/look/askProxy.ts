import type { V1Service } from "@kubernetes/client-node";
import { Agent, buildConnector, request } from "undici";
import { z } from "zod";
import { counterPaths, goneBackHeader } from "../../../counter/contract.ts";
import type { HitCounter } from "../../api/hitCounter.ts";
import { hostInUrl } from "../../desired/hostInUrl.ts";
import { errorMessage, type KubeClient } from "../../runtime/index.ts";

/** What the proxy said when asked for the count; perhaps that Redis holds a lower one than a counter has seen. */
export type CountAnswer =
  | { readonly hits: number; readonly failure?: never; readonly goneBack?: never }
  | { readonly hits?: never; readonly failure: string; readonly goneBack?: { from: number; to: number } };

/** Where a proxy is asked. */
export type ProxyTarget = ReturnType<typeof targetOf>;

/** Asks a proxy for the count, which counts nothing; throws where there is no answer. */
export type AskProxy = (target: ProxyTarget, signal: AbortSignal) => Promise<CountAnswer>;

/**
 * Where the proxy behind a Service is asked, and whether it is told who asks by the PROXY protocol, as a balancer does. The
 * uids tell it from another that had its name.
 */
export const targetOf = ({ metadata }: HitCounter, service: V1Service, proxyProtocol = false) => ({
  uids: [metadata.uid, service.metadata?.uid],
  namespace: metadata.namespace,
  service: service.metadata?.name ?? "",
  address: service.spec?.clusterIP ?? "",
  port: service.spec?.ports?.[0]?.port ?? 80,
  proxyProtocol,
});

/** What it means that a proxy gave no answer. */
export const noAnswer = (error: unknown): CountAnswer => ({
  failure: `the proxy gave no answer: ${errorMessage(error)}`,
});

// Names of headers come in lower case.
const HEADER = goneBackHeader.toLowerCase();
const body = z.object({ hits: z.int().min(0) });

const connector = buildConnector({});
/** Makes connections that begin by the PROXY protocol, and say nothing of anybody. */
const asBalancer = new Agent({
  connect: (options, callback) =>
    connector(options, (...made) => {
      made[1]?.write("PROXY UNKNOWN\r\n");
      callback(...made);
    }),
});

/**
 * Asks the Service by its cluster IP, for an operator that runs in the cluster. By a new connection each time, as a
 * visitor's is: one that was kept open goes on working when its Service is gone, and DNS knows of a new one only later.
 */
export const askService: AskProxy = async ({ address, port, proxyProtocol }, signal) => {
  const options = { signal, reset: true, ...(proxyProtocol && { dispatcher: asBalancer }) };
  const response = await request(`http://${hostInUrl(address)}:${port}${counterPaths.hits}`, options);
  return read(response.statusCode, response.headers[HEADER]?.toString(), await response.body.text());
};

/**
 * Asks through the API server's service proxy: for an operator that runs outside the cluster. The API server speaks HTTP
 * and nothing before it, so a proxy that wants the PROXY protocol first can't be asked, and is not known to answer.
 */
export const askThroughApiServer =
  (client: KubeClient): AskProxy =>
  async ({ namespace, service, proxyProtocol }, signal) => {
    if (proxyProtocol)
      throw new Error(
        "behind the PROXY protocol (spec.proxy.clientAddress) only an operator in the cluster can ask it",
      );
    const path = `/api/v1/namespaces/${namespace}/services/http:${service}:http/proxy${counterPaths.hits}`;
    const response = await client.raw("GET", path, { signal });
    return read(response.status, response.headers[HEADER], response.body);
  };

function read(status: number, goneBack: string | undefined, text: string): CountAnswer {
  if (status === 200) return body.parse(JSON.parse(text));
  const [, from, to] = /^(\d{1,15}) (\d{1,15})$/.exec(goneBack ?? "") ?? [];
  const lost = from !== undefined && { goneBack: { from: Number(from), to: Number(to) } };
  return { failure: `the proxy answered ${status}`, ...lost };
}
