import { request } from "undici";
import { z } from "zod";
import { counterPaths } from "../../counter/contract.ts";
import type { HitCounter } from "../api/hitCounter.ts";
import { proxyServiceName } from "../desired/names.ts";
import type { KubeClient } from "../runtime/kubeClient.ts";
import { errorMessage } from "../runtime/logger.ts";

/** What the proxy said when asked for the count. */
export type ProbeResult = { hits: number } | { failure: string };

/** Asks the proxy of a HitCounter for its count, which counts nothing; it never throws and never takes over 5 s. */
export type Probe = (hitCounter: HitCounter) => Promise<ProbeResult>;

const PROBE_TIMEOUT_MS = 5_000;
const answer = z.object({ hits: z.int().min(0) });

interface Reply {
  status: number;
  body: string;
}

/** Asks the proxy's Service by its name in the cluster's DNS: for an operator that runs in the cluster. */
export function serviceProbe(): Probe {
  return probeWith(async (hitCounter, signal) => {
    const { port } = hitCounter.spec.proxy.service;
    const host = `${proxyServiceName(hitCounter)}.${hitCounter.metadata.namespace}.svc`;
    const response = await request(`http://${host}:${port}${counterPaths.hits}`, { signal });
    return { status: response.statusCode, body: await response.body.text() };
  });
}

/** Asks through the API server's service proxy: for an operator that runs outside the cluster. */
export function apiServerProbe(client: KubeClient): Probe {
  return probeWith(async (hitCounter, signal) => {
    const service = `http:${proxyServiceName(hitCounter)}:http`;
    const path = `/api/v1/namespaces/${hitCounter.metadata.namespace}/services/${service}/proxy${counterPaths.hits}`;
    const response = await client.raw("GET", path, { signal });
    return { status: response.status, body: String(response.body) };
  });
}

function probeWith(ask: (hitCounter: HitCounter, signal: AbortSignal) => Promise<Reply>): Probe {
  return async (hitCounter) => {
    try {
      const { status, body } = await ask(hitCounter, AbortSignal.timeout(PROBE_TIMEOUT_MS));
      if (status !== 200) return { failure: `the proxy answered ${status}` };
      return answer.parse(JSON.parse(body));
    } catch (error) {
      return { failure: `the proxy gave no answer: ${errorMessage(error)}` };
    }
  };
}
