import type { V1Service } from "@kubernetes/client-node";
import { request } from "undici";
import { z } from "zod";
import { counterPaths, goneBackHeader } from "../../counter/contract.ts";
import type { HitCounter } from "../api/hitCounter.ts";
import { proxyServiceName } from "../desired/names.ts";
import type { KubeClient } from "../runtime/kubeClient.ts";
import { errorMessage } from "../runtime/logger.ts";

/** What the proxy said when asked for the count; perhaps that Redis holds a lower one than a counter has seen. */
export type ProbeResult = { hits: number } | { failure: string; goneBack?: { from: number; to: number } };

/**
 * Asks the proxy of a HitCounter for its count through its Service, which counts nothing; it never throws and never takes
 * over 5 s.
 */
export type Probe = (hitCounter: HitCounter, service: V1Service) => Promise<ProbeResult>;

const PROBE_TIMEOUT_MS = 5_000;
// Names of headers come in lower case.
const HEADER = goneBackHeader.toLowerCase();
const answer = z.object({ hits: z.int().min(0) });

interface Reply {
  status: number;
  /** What the header says of a count that has gone back. */
  goneBack: string | undefined;
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
    const goneBack = response.headers[HEADER]?.toString();
    return { status: response.statusCode, goneBack, body: await response.body.text() };
  });
}

/** Asks through the API server's service proxy: for an operator that runs outside the cluster. */
export function apiServerProbe(client: KubeClient): Probe {
  return probeWith(async (hitCounter, _service, signal) => {
    const service = `http:${proxyServiceName(hitCounter)}:http`;
    const path = `/api/v1/namespaces/${hitCounter.metadata.namespace}/services/${service}/proxy${counterPaths.hits}`;
    const response = await client.raw("GET", path, { signal });
    return { status: response.status, goneBack: response.headers[HEADER], body: response.body };
  });
}

function probeWith(
  ask: (hitCounter: HitCounter, service: V1Service, signal: AbortSignal) => Promise<Reply>,
): Probe {
  return async (hitCounter, service) => {
    try {
      const { status, goneBack, body } = await ask(
        hitCounter,
        service,
        AbortSignal.timeout(PROBE_TIMEOUT_MS),
      );
      const [, from, to] = /^(\d{1,15}) (\d{1,15})$/.exec(goneBack ?? "") ?? [];
      const lost = from !== undefined && { goneBack: { from: Number(from), to: Number(to) } };
      if (status !== 200) return { failure: `the proxy answered ${status}`, ...lost };
      return answer.parse(JSON.parse(body));
    } catch (error) {
      return { failure: `the proxy gave no answer: ${errorMessage(error)}` };
    }
  };
}
