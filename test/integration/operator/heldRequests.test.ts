import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { V1Service } from "@kubernetes/client-node";
import { median } from "../../../bench/support/statistics.ts";
import type { HitCounter } from "../../../operator/api/hitCounter.ts";
import { childKinds, hitCounters } from "../../../operator/kinds.ts";
import { connect } from "../../../operator/runtime/connect.ts";
import type { KubeClient } from "../../../operator/runtime/kubeClient.ts";
import {
  collectionPath,
  type KubeObject,
  objectPath,
  type ResourceKind,
} from "../../../operator/runtime/objects.ts";
import {
  type ApiServer,
  type RunningOperator,
  startApiServer,
  startOperator,
} from "../../support/apiServer.ts";
import { kindsEverywhere } from "../../support/children.ts";
import { type FaultProxy, type ProxiedRequest, startFaultProxy } from "../../support/faultProxy.ts";
import { tell } from "../../support/findings.ts";
import { manifest, untilTold } from "../../support/hitCounters.ts";
import { makeNamespace, patch, patchStatus, serve } from "../../support/pretended.ts";
import { until } from "../../support/until.ts";

// A request of the operator is held on its way to the API server, and what it was about is another by the time it arrives.

/** How often a HitCounter is made anew under its name. */
const SUCCESSORS = 8;
/** Twice as many as the operator has workers, or connections. */
const SWALLOWED = 20;
/** How often a child drifts, and how often all children are deleted. */
const REPAIRS = 10;
const RETURNS = 3;
/** How much longer a repair may take, half of what it would by waiting for one proxy that swallows what it is asked. */
const LONGER_MS = 2_500;

let api: ApiServer;
let proxy: FaultProxy;
let operator: RunningOperator;
let client: KubeClient;

beforeAll(async () => {
  api = await startApiServer();
  proxy = await startFaultProxy(api);
  client = connect({ kubeconfig: api.kubeconfig, userAgent: "held-requests-test" });
  await api.startControllers(["garbage-collector-controller"]);
  operator = await startOperator(proxy.kubeconfig);
}, 1_800_000);
afterAll(async () => {
  await operator?.stop("SIGKILL");
  await client?.close();
  await proxy?.close();
  await api?.stop();
});

const make = async (namespace: string, name = "web", spec: object = {}) => {
  const object = { ...manifest(name, spec), metadata: { namespace, name } };
  return await client.apply(hitCounters, object as unknown as HitCounter, { fieldManager: "a-person" });
};
const untilLookedAt = ({ metadata: { namespace, name, uid } }: HitCounter) =>
  until(
    `${name} is looked at`,
    async () => {
      const { metadata, status } = (await client.get(hitCounters, { namespace, name })) ?? {};
      return metadata?.uid === uid && status?.observedGeneration === metadata?.generation;
    },
    { everyMs: 20 },
  );

/** Holds the next PATCH of this path; resolves once it is there, to what lets it go. */
async function hold(path: string, provoke: () => Promise<unknown>): Promise<() => void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  let arrived = false;
  proxy.fault = (request: ProxiedRequest) => {
    if (arrived || request.method !== "PATCH" || request.path !== path) return undefined;
    arrived = true;
    return promise;
  };
  await provoke();
  await until("the request is held", () => arrived, { everyMs: 10 });
  return () => resolve(undefined);
}

describe("a HitCounter that is made anew under its name", () => {
  it("is told nothing of its predecessor, whose status was on its way", async () => {
    const namespace = "succeeded";
    await makeNamespace(api, namespace);
    const key = { namespace, name: "web" };
    const { metadata } = await client.list(hitCounters, { namespace });
    const ended = new AbortController();
    const seen: HitCounter[] = [];
    const { resourceVersion } = metadata;
    const watching = (async () => {
      const options = { namespace, resourceVersion, timeoutSeconds: 600, signal: ended.signal };
      for await (const { object } of client.watch(hitCounters, options)) seen.push(object as HitCounter);
    })().catch(() => {}); // it ends by being told to

    const countOf = new Map<string, number>();
    let hitCounter = await make(namespace);
    for (let count = 1001; count <= 1000 + SUCCESSORS; count += 1) {
      await untilLookedAt(hitCounter);
      await patchStatus(client, hitCounters, key, { hits: count, lastHealthyVersion: `0.0.${count}` });
      countOf.set(hitCounter.metadata.uid, count);
      const letGo = await hold(`${objectPath(hitCounters as ResourceKind, key)}/status`, () =>
        patch(client, hitCounters, key, { spec: { message: `{hits} and ${count}` } }),
      );
      await client.delete(hitCounters, key);
      hitCounter = await make(namespace);
      letGo();
    }
    await untilLookedAt(hitCounter);
    await until("all was seen", () =>
      seen.some(
        ({ status, metadata: { uid } }) =>
          uid === hitCounter.metadata.uid && status?.observedGeneration === 1,
      ),
    );
    ended.abort();
    await watching;
    const theirs = seen.flatMap(({ metadata: { uid }, status }) => {
      const { hits, lastHealthyVersion } = status ?? {};
      const count = countOf.get(uid);
      const isOwn = (hits ?? count) === count && (lastHealthyVersion ?? `0.0.${count}`) === `0.0.${count}`;
      return isOwn ? [] : [{ uid, count, hits, lastHealthyVersion }];
    });
    expect(theirs).toEqual([]);
    expect(new Set(seen.map((one) => one.metadata.uid)).size).toBe(SUCCESSORS + 1);
  });
});

describe("a child that is deleted, and a stranger's made under its name,", () => {
  const table: [keyof typeof childKinds, string, object, object][] = [
    ["Service", "web-redis", { spec: { selector: { app: "edited" } } }, { spec: { ports: [{ port: 81 }] } }],
    ["ConfigMap", "web-proxy", { data: { "nginx.conf": "edited" } }, { data: { theirs: "kept" } }],
    ["Secret", "web-redis", { data: { password: "" } }, { stringData: { theirs: "kept" } }],
  ];

  it.each(table)(
    "(%s) while its repair is on its way is not written over",
    async (kindName, name, drift, theirs) => {
      const kind = childKinds[kindName] as ResourceKind;
      const namespace = `taken-${kind.plural}`;
      await makeNamespace(api, namespace);
      await untilLookedAt(await make(namespace));
      const key = { namespace, name };
      const letGo = await hold(objectPath(kind, key), () => patch(client, kind, key, drift));
      await client.delete(kind, key);
      const stranger = { apiVersion: kind.apiVersion, kind: kind.kind, metadata: key, ...theirs };
      const made = await client.create(kind, stranger as KubeObject);
      letGo();
      const message = await untilTold(client, namespace, "Degraded=True Refused");
      expect(message).toContain(`${kind.kind} ${name} exists and was not made by this operator`);
      expect(await client.get(kind, key)).toEqual(made);
    },
  );
});

describe(`${SWALLOWED} HitCounters whose proxies swallow what they are asked`, () => {
  const small = { counter: { replicas: 1 }, proxy: { replicas: 1 } };
  const names = Array.from({ length: SWALLOWED }, (_, index) => `web-${index}`);
  const isSwallowed = ({ path }: ProxiedRequest) =>
    /\/namespaces\/swallowed\/services\/.*\/proxy\/hits$/.test(path);
  const never = new Promise<undefined>(() => {});

  beforeAll(async () => {
    for (const namespace of ["swallowed", "answered"]) await makeNamespace(api, namespace);
    const made = [make("answered", "web", small), ...names.map((name) => make("swallowed", name, small))];
    await Promise.all(made.map(async (hitCounter) => await untilLookedAt(await hitCounter)));
    proxy.fault = (request) => (isSwallowed(request) ? never : undefined);
    await serve(client, "answered");
  });

  /** How long it takes until a Service is as it was, each time it drifts otherwise than before, in milliseconds. */
  async function repairs(): Promise<number[]> {
    const key = { namespace: "answered", name: "web-counter" };
    const wanted = await client.get(childKinds.Service, key);
    const state = ({ spec, metadata }: V1Service) => JSON.stringify([spec?.selector, metadata?.labels]);
    const took: number[] = [];
    for (let round = 0; round < REPAIRS; round += 1) {
      const change =
        round % 2 === 0
          ? { spec: { selector: { app: "other" } } }
          : { metadata: { labels: { "app.kubernetes.io/name": "other" } } };
      await patch(client, childKinds.Service, key, change);
      const began = performance.now();
      const isRepaired = async () => {
        const live = await client.get(childKinds.Service, key);
        return live && wanted && state(live) === state(wanted);
      };
      await until("it is repaired", isRepaired, { everyMs: 10 });
      took.push(performance.now() - began);
    }
    return took;
  }

  /** How long it takes until every child is back that was deleted at once, in milliseconds. */
  async function returns(namespace: string, name: string): Promise<number> {
    const query = { labelSelector: `app.kubernetes.io/instance=${name}` };
    const kinds = kindsEverywhere;
    const uids = async () => {
      const lists = await Promise.all(kinds.map((kind) => client.list(kind, { namespace, ...query })));
      return lists.flatMap(({ items }) => items.map(({ metadata }) => metadata?.uid ?? ""));
    };
    const before = await uids();
    expect(before.length).toBeGreaterThan(kinds.length);
    await Promise.all(
      kinds
        .filter(({ kind }) => kind !== "Service")
        .map((kind) => client.raw("DELETE", collectionPath(kind, namespace), { query })),
    );
    const services = await client.list(childKinds.Service, { namespace, ...query });
    await Promise.all(
      services.items.map(({ metadata }) =>
        client.delete(childKinds.Service as ResourceKind, { namespace, name: metadata?.name ?? "" }),
      ),
    );
    const began = performance.now();
    await until(
      "every child is back",
      async () => {
        const now = await uids();
        return now.length === before.length && now.every((uid) => !before.includes(uid));
      },
      { everyMs: 20 },
    );
    return performance.now() - began;
  }

  it("hold up no repair, neither of others nor of their own children", async () => {
    const repairsBefore = await repairs();
    await Promise.all(names.map((name) => serve(client, "swallowed", name)));
    // At once, and the others wait.
    await until(
      "as many are asked as there are connections",
      () => proxy.requests.filter(isSwallowed).length >= 10,
    );
    const repairsNow = await repairs();
    // At the same time, as a machine may be slow for a while.
    const [returnsOfOther, returnsOfOwn]: [number[], number[]] = [[], []];
    for (const name of names.slice(0, RETURNS)) {
      const [other, own] = await Promise.all([returns("answered", "web"), returns("swallowed", name)]);
      returnsOfOther.push(other);
      returnsOfOwn.push(own);
    }
    const longer = returnsOfOwn.map((own, index) => own - (returnsOfOther[index] ?? 0));
    const ms = (values: number[]) => `${Math.round(median(values))} ms`;
    tell(
      "swallowed",
      `repairs ${ms(repairsBefore)}, beside ${SWALLOWED} silent proxies ${ms(repairsNow)}; all children of one that answers ${ms(returnsOfOther)}, of a silent one ${ms(returnsOfOwn)}`,
    );
    expect(median(repairsNow)).toBeLessThan(median(repairsBefore) + LONGER_MS);
    expect(median(longer)).toBeLessThan(LONGER_MS);
  });
});
