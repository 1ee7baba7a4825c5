import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { Registry } from "prom-client";
import type { HitCounter } from "./api/hitCounter.ts";
import { child } from "./desired/names.ts";
import { childKinds, coreEvents, kinds, type Row } from "./kinds.ts";
import { createMetrics } from "./runtime/metrics.ts";
import { collectionPath } from "./runtime/objects.ts";
import { FakeApiServer } from "./runtime/testing/fakeApiServer.ts";
import { clientFor, memoryLog } from "./runtime/testing/things.ts";
import { hitCounterWith } from "./testing/fixtures.ts";
import { createWatches } from "./watches.ts";

let server: FakeApiServer;
let client: ReturnType<typeof clientFor>;
let stop: AbortController;

beforeEach(async () => {
  stop = new AbortController();
  server = await FakeApiServer.start();
  client = clientFor(server.url);
});
afterEach(async () => {
  stop.abort();
  await client.close();
  await server.close();
});

describe("the watches", () => {
  it("list every kind of the table but events, and of revisions only those that are children", async () => {
    const { apiVersion, kind } = childKinds.ControllerRevision;
    const { metadata, ...rest } = child(apiVersion, kind, hitCounterWith(), "redis", "web-1");
    const revision = { ...rest, metadata, revision: 1 };
    const ofStatefulSet = {
      ...revision,
      metadata: {
        ...metadata,
        name: "web-redis-5d9c",
        labels: { ...metadata.labels, "controller.kubernetes.io/hash": "5d9c" },
      },
    };
    for (const each of [revision, ofStatefulSet]) await client.create(childKinds.ControllerRevision, each);
    const before = server.requests.length;

    const watches = createWatches(
      { client, log: memoryLog().log, metrics: createMetrics(new Registry()) },
      [],
    );
    void watches.run(stop.signal);
    await Promise.all(watches.sources.map(({ synced }) => synced));

    const rows = Object.values(kinds).flatMap((ofOneRole) => Object.values<Row>(ofOneRole));
    const watched = rows.filter((row) => row.kind !== coreEvents.kind);
    const asked = new Set(server.requests.slice(before).map(({ path }) => path));
    expect([...asked].sort()).toEqual(watched.map((row) => collectionPath(row)).sort());
    const cached = watches.caches.children.ControllerRevision.byIndex("uid-of-web");
    expect(cached.map((each) => each.metadata?.name)).toEqual(["web-1"]);
    expect(watches.caches.children.ControllerRevision.list()).toHaveLength(1);
  });

  it("list the pods of the operator itself in its own namespace", async () => {
    const options = { client, log: memoryLog().log, metrics: createMetrics(new Registry()) };
    const watches = createWatches(options, [], "system");
    void watches.run(stop.signal);
    await watches.caches.operatorPods?.synced;
    const own = server.requests.find(({ path }) => path === "/api/v1/namespaces/system/pods");
    expect(own).toBeDefined();
  });

  it("give HitCounters with every default, whatever the CRD was that filled them in, and no more than they need", async () => {
    const { metadata, spec } = hitCounterWith();
    const { drainSeconds: _, ...proxy } = spec.proxy;
    const earlier = {
      ...hitCounterWith(),
      metadata: { ...metadata, managedFields: [{}] },
      spec: { ...spec, proxy },
    };
    await client.create(kinds.hitCounter.HitCounter, earlier as object as HitCounter);
    const watches = createWatches(
      { client, log: memoryLog().log, metrics: createMetrics(new Registry()) },
      [],
    );
    void watches.run(stop.signal);
    await Promise.all(watches.sources.map(({ synced }) => synced));
    const [cached] = watches.caches.hitCounters.list();
    expect(cached?.spec).toEqual(spec);
    expect(cached?.metadata).not.toHaveProperty("managedFields");
  });
});
