import process from "node:process";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import fc from "fast-check";
import { exampleSpecs } from "../../../operator/api/exampleSpecs.ts";
import type { HitCounter, HitCounterSpecInput } from "../../../operator/api/hitCounter.ts";
import { childKinds, hitCounters } from "../../../operator/kinds.ts";
import { connect } from "../../../operator/runtime/connect.ts";
import type { KubeClient } from "../../../operator/runtime/kubeClient.ts";
import { type KubeObject, objectPath, type ResourceKind } from "../../../operator/runtime/objects.ts";
import {
  type ApiServer,
  type RunningOperator,
  startApiServer,
  startOperator,
} from "../../support/apiServer.ts";
import { tell } from "../../support/findings.ts";
import { manifest } from "../../support/hitCounters.ts";
import { sizeOf } from "../../support/size.ts";
import { belongingsIn, childKindsOf, snapshotOf } from "../../support/snapshot.ts";
import { until } from "../../support/until.ts";

/** The same walk again is asked for by its seed. */
const seed = Number(process.env.WALK_SEED ?? Date.now() % 1_000_000);
const steps = sizeOf("WALK_STEPS", { test: 120, soak: 1_000 });
/** How often the objects are compared with those of a HitCounter made anew. */
const COMPARE_EVERY = 12;
const key = { namespace: "walk", name: "web" };

/** A part of a spec, which may hold several fields that only go together. */
type Part = Record<string, unknown>;
const oneOf = (...parts: Part[]) => fc.constantFrom<Part>(...parts);

/**
 * What a HitCounter on the walk may be before a part is changed: the example specs, without what would stop the walk or
 * does depend on the path: a pause, an autoscaler's replicas, three copies, and fields of a Service that one part can't
 * take back.
 */
const beginnings = Object.values<HitCounterSpecInput>(exampleSpecs).map((spec): Part => {
  const { autoscaling: _, ...counter } = spec.counter ?? {};
  const { service: __, ...proxy } = spec.proxy ?? {};
  const { replicas: ___, ...redis } = spec.redis ?? {};
  return { ...spec, paused: false, counter, proxy, redis };
});

/** Every part of a spec that the walk changes and what it may be; {} leaves it out. A new field is a new line. */
const parts: Record<string, fc.Arbitrary<Part>> = {
  version: oneOf({ version: "1.0.0" }, { version: "1.1.0" }, { version: "2.0.0-rc.1" }),
  message: fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }).map((message) => ({ message })),
  deletion: oneOf({}, { deletionPolicy: "Delete" }),
  secrets: oneOf(
    {},
    { imagePullSecrets: [{ name: "a" }, { name: "b" }] },
    { imagePullSecrets: [{ name: "b" }] },
  ),
  counters: fc.integer({ min: 0, max: 5 }).map((replicas) => ({ counter: { replicas } })),
  counterImage: oneOf({}, { counter: { image: "example.com/counter" } }),
  counterStrategy: oneOf({}, { counter: { strategy: { maxSurge: "25%" } } }),
  counterResources: oneOf({}, { counter: { resources: { requests: { cpu: "1000m" }, limits: { cpu: 2 } } } }),
  visitors: oneOf({}, { visitors: { enabled: true } }),
  durability: oneOf({}, { redis: { durability: "everysec" } }),
  redisImage: oneOf({}, { redis: { image: "example.com/redis:8" } }),
  // No volume is ever made here, so each is allowed; and the StatefulSet has to be made anew for it.
  storage: oneOf(
    {},
    { redis: { storage: { size: "2Gi", storageClassName: "fast" } } },
    { redis: { storage: { size: "512Mi" } } },
  ),
  proxies: fc.integer({ min: 0, max: 3 }).map((replicas) => ({ proxy: { replicas } })),
  serviceName: oneOf({}, { proxy: { service: { name: "site" } } }, { proxy: { service: { name: "shop" } } }),
  servicePort: oneOf({}, { proxy: { service: { port: 8080 } } }),
  serviceType: oneOf(
    {},
    { proxy: { service: { type: "ClusterIP" } } },
    { proxy: { service: { type: "NodePort" } } },
    { proxy: { service: { type: "NodePort", externalTrafficPolicy: "Local" } } },
    { proxy: { service: { type: "LoadBalancer", externalTrafficPolicy: "Local" } } },
    { proxy: { service: { type: "LoadBalancer", loadBalancerSourceRanges: ["192.0.2.0/24"] } } },
  ),
  clientAddress: oneOf(
    {},
    { proxy: { clientAddress: { trustedProxies: ["10.0.0.0/16"] } } },
    { proxy: { clientAddress: { trustedProxies: ["10.0.0.0/16", "::1/128"], proxyProtocol: true } } },
  ),
  drain: oneOf({}, { proxy: { drainSeconds: 60 } }),
  annotations: oneOf(
    {},
    { proxy: { service: { annotations: { "example.org/a": "1", "example.org/b": "2" } } } },
    { proxy: { service: { annotations: { "example.org/b": "3" } } } },
  ),
};

/** Specs that the API server refuses, and the field that it then names. */
const invalid: [Part, RegExp][] = [
  [{ version: "not a tag" }, /spec\.version/],
  [{ message: "" }, /spec\.message/],
  [{ counter: { replicas: -1 } }, /spec\.counter\.replicas/],
  [{ counter: { strategy: { maxSurge: 0, maxUnavailable: 0 } } }, /spec\.counter\.strategy/],
  [{ redis: { durability: "never" } }, /spec\.redis\.durability/],
  [{ redis: { storage: { size: "0" } } }, /spec\.redis\.storage\.size/],
  [{ proxy: { service: { port: 0 } } }, /spec\.proxy\.service\.port/],
  [{ proxy: { service: { name: "web-redis" } } }, /spec\.proxy\.service\.name/],
  [{ proxy: { clientAddress: { trustedProxies: ["10.0.0.1"] } } }, /spec\.proxy\.clientAddress/],
  [{ deletionPolicy: "Keep" }, /spec\.deletionPolicy/],
  [{ wish: 1 }, /spec\.wish/],
];
const drifts: [ResourceKind, string, object | "delete"][] = [
  [childKinds.Deployment, "web-counter", { spec: { replicas: 7 } }],
  [childKinds.Deployment, "web-counter", { spec: { paused: true } }],
  [childKinds.Service, "web-counter", { spec: { selector: { app: "other" } } }],
  [childKinds.ConfigMap, "web-proxy", { data: { "nginx.conf": "broken" } }],
  [childKinds.StatefulSet, "web-redis", "delete"],
  [childKinds.Service, "web-redis-pods", "delete"],
  [childKinds.Secret, "web-redis", "delete"],
  [childKinds.Service, "web-counter", "delete"],
];

const partNames = Object.keys(parts);
const step = fc.oneof(
  {
    weight: 14,
    arbitrary: fc.record({
      kind: fc.constant("change" as const),
      names: fc.uniqueArray(fc.constantFrom(...partNames), { minLength: 1, maxLength: 3 }),
      values: fc.record(parts),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("invalid" as const), which: fc.constantFrom(...invalid) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("drift" as const), which: fc.constantFrom(...drifts) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("makeAnew" as const), beginning: oneOf(...beginnings) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("restart" as const) }) },
);

let api: ApiServer;
let client: KubeClient;
let kinds: ResourceKind[];
let operator: RunningOperator;
const start = () => startOperator(api.kubeconfig, { LEADER_ELECTION: "false" });

beforeAll(async () => {
  api = await startApiServer();
  client = connect({ kubeconfig: api.kubeconfig, userAgent: "walk-test" });
  kinds = await childKindsOf(client);
  // The second lets go of claims that are to be deleted.
  await api.startControllers(["garbage-collector-controller", "persistentvolumeclaim-protection-controller"]);
  await api.kubectl("create", "namespace", "walk");
  operator = await start();
}, 1_800_000);
afterAll(async () => {
  await operator?.stop("SIGKILL");
  await client?.close();
  await api?.stop();
});

const isPart = (value: unknown): value is Part =>
  typeof value === "object" && value !== null && !Array.isArray(value);
function merge(one: Part, other: Part): Part {
  const all = { ...one };
  for (const [name, value] of Object.entries(other)) {
    const before = all[name];
    all[name] = isPart(before) && isPart(value) ? merge(before, value) : value;
  }
  return all;
}

const apply = (namespace: string, spec: object) =>
  client.apply(
    hitCounters,
    { ...manifest("web", spec), metadata: { namespace, name: "web" } } as unknown as HitCounter,
    { fieldManager: "walk-test" },
  );

/** Waits until the HitCounter has just what one of the same spec gets in a namespace of its own. */
async function compare(namespace: string): Promise<void> {
  const live = await client.get(hitCounters, key);
  await api.kubectl("create", "namespace", namespace);
  await apply(namespace, live?.spec ?? {});
  const seen = async (where: string) => {
    const all = (await belongingsIn(client, kinds, where)).get("web");
    // The claim of backups stays when none are wanted any more.
    const wanted = (child: KubeObject) =>
      live?.spec.backup !== undefined || child.metadata?.name !== "web-backup";
    return {
      snapshot: all && snapshotOf({ ...all, children: all.children.filter(wanted) }),
      told: JSON.stringify(all?.hitCounter).includes("conditions"),
    };
  };
  const equal = async () => {
    const [walked, fresh] = [await seen("walk"), await seen(namespace)];
    expect(walked.snapshot).toEqual(fresh.snapshot);
    expect(fresh.told).toBe(true);
    expect(Object.keys(fresh.snapshot ?? {}).length).toBeGreaterThan(8);
    return true;
  };
  await until("they are the same", equal, { everyMs: 100 }).catch(equal);
}

/** Lets a child drift, where it is there at this moment. */
async function drift([kind, name, change]: (typeof drifts)[number]): Promise<void> {
  const child = { namespace: "walk", name };
  if (change === "delete") return await client.delete(kind, child);
  const headers = { "content-type": "application/merge-patch+json" };
  await client.raw("PATCH", objectPath(kind, child), { headers, body: JSON.stringify(change) });
}

it(
  `a HitCounter ends the same by any path: ${steps} steps (WALK_SEED=${seed})`,
  async () => {
    const began = performance.now();
    const counts = new Map<string, number>();
    let [beginning = {}] = fc.sample(oneOf(...beginnings), { seed, numRuns: 1 });
    let chosen: Record<string, Part> = {};
    const spec = () => Object.values(chosen).reduce(merge, beginning);
    await apply("walk", spec());
    for (const [index, taken] of fc.sample(step, { seed, numRuns: steps }).entries()) {
      counts.set(taken.kind, (counts.get(taken.kind) ?? 0) + 1);
      if (taken.kind === "change") {
        for (const name of taken.names) chosen = { ...chosen, [name]: taken.values[name] ?? {} };
        await apply("walk", spec());
      } else if (taken.kind === "invalid") {
        const [part, field] = taken.which;
        const before = await client.get(hitCounters, key);
        await expect(apply("walk", merge(spec(), part))).rejects.toThrow(field);
        expect((await client.get(hitCounters, key))?.spec).toEqual(before?.spec);
      } else if (taken.kind === "drift") {
        await drift(taken.which);
      } else if (taken.kind === "makeAnew") {
        ({ beginning } = taken);
        await client.delete(hitCounters, key);
        await apply("walk", spec());
      } else {
        await operator.stop("SIGKILL");
        operator = await start();
      }
      if ((index + 1) % COMPARE_EVERY === 0 || index + 1 === steps) await compare(`fresh-${index + 1}`);
    }
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    const list = [...counts].map(([kind, count]) => `${count} ${kind}`).join(", ");
    tell("any path", `${steps} steps (${list}) in ${seconds} s`);
  },
  120_000 + steps * 3_000,
);
