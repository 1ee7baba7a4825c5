import type { V1Service } from "@kubernetes/client-node";
import { request } from "undici";
import { z } from "zod";
import { counterPaths } from "../../counter/contract.ts";
import type { HitCounter } from "../api/hitCounter.ts";
import { proxyServiceName } from "../desired/names.ts";
import type { KubeClient } from "../runtime/kubeClient.ts";
import { errorMessage } from "../runtime/logger.ts";

/** What the proxy said when asked for the count. */
export type ProbeResult = { hits: number } | { failure: string };

/**
 * Asks the proxy of a HitCounter for its count through its Service, which counts nothing; it never throws and never takes
 * over 5 s.
 */
export type Probe = (hitCounter: HitCounter, service: V1Service) => Promise<ProbeResult>;

const PROBE_TIMEOUT_MS = 5_000;
const answer = z.object({ hits: z.int().min(0) });

interface Reply {
  status: number;
  body: string;
}

/**
 * Asks the Service by its cluster IP, for an operator that runs in the cluster. By a new connection each time, as a
 * visitor's is: one that was kept open goes on working when its Service is gone, and DNS knows of a new one only later.
 */
export function serviceProbe(): Probe {
  return probeWith(async (hitCounter, { spec }, signal) => {
    const address = spec?.clusterIP ?? "";
    const host = address.includes(":") ? `[${address}]` : address;
    const url = `http://${host}:${hitCounter.spec.proxy.service.port}${counterPaths.hits}`;
    const response = await request(url, { signal, reset: true });
    return { status: response.statusCode, body: await response.body.text() };
  });
}

/** Asks through the API server's service proxy: for an operator that runs outside the cluster. */
export function apiServerProbe(client: KubeClient): Probe {
  return probeWith(async (hitCounter, _service, signal) => {
    const service = `http:${proxyServiceName(hitCounter)}:http`;
    const path = `/api/v1/namespaces/${hitCounter.metadata.namespace}/services/${service}/proxy${counterPaths.hits}`;
    const response = await client.raw("GET", path, { signal });
    return { status: response.status, body: String(response.body) };
  });
}

function probeWith(
  ask: (hitCounter: HitCounter, service: V1Service, signal: AbortSignal) => Promise<Reply>,
): Probe {
  return async (hitCounter, service) => {
    try {
      const { status, body } = await ask(hitCounter, service, AbortSignal.timeout(PROBE_TIMEOUT_MS));
      if (status !== 200) return { failure: `the proxy answered ${status}` };
      return answer.parse(JSON.parse(body));
    } catch (error) {
      return { failure: `the proxy gave no answer: ${errorMessage(error)}` };
    }
  };
}
