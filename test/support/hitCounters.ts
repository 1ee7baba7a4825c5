import type { By, History, Pages } from "../../counter/look.ts";
import type { Condition, HitCounter } from "../../operator/api/hitCounter.ts";
import { hitCounters } from "../../operator/kinds.ts";
import { conditionOf as conditionIn } from "../../operator/runtime/conditions.ts";
import type { KubeClient } from "../../operator/runtime/kubeClient.ts";
import { getOnce } from "./get.ts";
import type { Kubectl } from "./kubectl.ts";
import { takesConnections } from "./takesConnections.ts";
import { until } from "./until.ts";

/** The manifest of a HitCounter, small enough for several to fit on a machine. */
export const manifest = (name: string, spec: object = {}) => ({
  apiVersion: "hitcounter.dev/v1alpha1",
  kind: "HitCounter",
  metadata: { name },
  spec: { version: "1.0.0", ...spec },
});

/** Waits until a HitCounter is Ready; what is wrong is in the error if it does not become so. */
export async function untilReady(kubectl: Kubectl, name: string): Promise<void> {
  const { code, stderr } = await kubectl.attempt(
    "wait",
    "--for=condition=Ready",
    `hitcounter/${name}`,
    "--timeout=180s",
  );
  if (code === 0) return;
  const seen = await kubectl("get", "hitcounter,pods,events", "-o", "wide");
  throw new Error(`${name} does not become Ready: ${stderr}\n${seen}`);
}

/** Makes a HitCounter, and waits until it is Ready and has settled. */
export async function makeHitCounter(kubectl: Kubectl, name: string, spec: object = {}): Promise<void> {
  await kubectl.apply(manifest(name, spec));
  await untilReady(kubectl, name);
  await untilSettled(kubectl, name);
}

/** Changes these fields of a HitCounter's spec. */
export const patchSpec = (kubectl: Kubectl, name: string, spec: object) =>
  kubectl("patch", "hitcounter", name, "--type", "merge", "-p", JSON.stringify({ spec }));

/** The HitCounter as it is. */
export async function read({ client, namespace }: Kubectl, name: string): Promise<HitCounter> {
  const object = await client.get(hitCounters, { namespace, name });
  if (object === undefined) throw new Error(`There is no HitCounter ${name} in ${namespace}`);
  return object;
}

/** Waits until the HitCounter `web` is told of so, such as `Degraded=True Refused`, and returns the message. */
export async function untilTold(client: KubeClient, namespace: string, wanted: string): Promise<string> {
  const [type = ""] = wanted.split("=");
  return await until(
    wanted,
    async () => {
      const object = await client.get(hitCounters, { namespace, name: "web" });
      const told = conditionIn(object?.status, type);
      if (`${type}=${told?.status} ${told?.reason}` === wanted) return told?.message;
      throw new Error(JSON.stringify(object?.status?.conditions));
    },
    { everyMs: 50 },
  );
}

/** What a HitCounter is told to be in one respect, such as Ready. */
export const conditionOf = async (
  kubectl: Kubectl,
  name: string,
  wanted: string,
): Promise<Condition | undefined> => conditionIn((await read(kubectl, name)).status, wanted);

/**
 * The URL of a HitCounter's proxy, by HTTPS where it serves that unless told otherwise, once its load balancer has an address
 * that takes connections: it is told before each node knows of it.
 */
export async function urlOf(kubectl: Kubectl, name: string, { byHttp = false } = {}): Promise<string> {
  const address = await until(
    `${name} has an address`,
    async () => (await read(kubectl, name)).status?.address,
  );
  const told = new URL(address.includes("://") ? address : `http://${address}`);
  const url = byHttp ? `http://${told.hostname}` : told.origin;
  const { hostname, port, protocol } = new URL(url);
  const isOpen = () => takesConnections(Number(port || (protocol === "https:" ? 443 : 80)), hostname);
  await until(`${url} takes connections`, isOpen, { everyMs: 50 });
  return url;
}

/** The count, read through the proxy without counting. */
export const hitsOf = async (url: string): Promise<number> => (await hitsBy<Pages>(url, "")).hits;

/** What is told through the proxy of all that was counted. */
export interface Counted {
  hits: number;
  /** The numbers of pages, by page: the first hundred or so of them. */
  pages: Readonly<Record<string, number>>;
  /** How many hits each history does not date. */
  undated: Readonly<Record<By, number>>;
}

/** Reads all that was counted, without counting; nobody may visit meanwhile. */
export async function countedAt(url: string): Promise<Counted> {
  const { hits, pages } = await hitsBy<Pages>(url, "?pages");
  const [hour, day] = [await hitsBy<History>(url, "?by=hour"), await hitsBy<History>(url, "?by=day")];
  return {
    hits,
    pages: Object.fromEntries(pages.map(({ page, hits: ofPage }) => [page, ofPage])),
    undated: { hour: hour.unattributed, day: day.unattributed },
  };
}

async function hitsBy<T>(url: string, query: string): Promise<T> {
  const { status, body } = await getOnce(`${url}/hits${query}`);
  if (status !== 200) throw new Error(`/hits${query} answers ${status}: ${body}`);
  return JSON.parse(body) as T;
}

/** Waits until every pod of a HitCounter is as its spec wants it, and it is Ready. */
export async function untilSettled(kubectl: Kubectl, name: string): Promise<HitCounter> {
  return await until(
    `${name} has settled`,
    async () => {
      const object = await read(kubectl, name);
      const is = (type: string, status: string) =>
        object.status?.conditions?.some(
          (condition) =>
            condition.type === type &&
            condition.status === status &&
            condition.observedGeneration === object.metadata.generation,
        );
      return is("Ready", "True") && is("Progressing", "False") && object;
    },
    { withinSeconds: 240 },
  );
}
