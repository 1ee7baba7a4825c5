import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { Registry } from "prom-client";
import type { KubeClient } from "./kubeClient.ts";
import { createMetrics } from "./metrics.ts";
import { watchNamespaces } from "./namespaces.ts";
import { FakeApiServer } from "./testing/fakeApiServer.ts";
import { clientFor, memoryLog, thing, things } from "./testing/things.ts";
import { until } from "./testing/until.ts";

let server: FakeApiServer;
let client: KubeClient;
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

describe("watching some namespaces", () => {
  it("asks for these alone, and has their objects in one place", async () => {
    const watched = watchNamespaces(things, ["demo", "other"], {
      client,
      log: memoryLog().log,
      metrics: createMetrics(new Registry()),
      indexBy: ({ metadata }) => metadata?.namespace,
    });
    const seen: string[] = [];
    watched.onChange(({ metadata }) => seen.push(`${metadata?.namespace}/${metadata?.name}`));
    const running = watched.run(stop.signal);
    await watched.synced;

    for (const namespace of ["demo", "other", "foreign"]) {
      await client.create(things, thing("a", 1, { namespace }));
    }
    await until("both objects are seen", () => seen.length === 2);
    expect(seen.sort()).toEqual(["demo/a", "other/a"]);
    expect(watched.list()).toHaveLength(2);
    const other = { namespace: "other", name: "a" };
    expect(watched.byIndex("other")).toEqual([watched.get(other)]);
    expect(watched.byIndex("foreign")).toEqual([]);
    expect(watched.get({ namespace: "foreign", name: "a" })).toBeUndefined();
    expect(
      server.requests.filter(({ method, path }) => method === "GET" && !path.includes("/namespaces/")),
    ).toEqual([]);

    stop.abort();
    await running;
  });

  it("holds up nothing where the cluster does not know the kind, if it is optional", async () => {
    server.fault = () => ({ status: 404 });
    const watched = watchNamespaces(things, ["demo", "other"], {
      client,
      log: memoryLog().log,
      metrics: createMetrics(new Registry()),
      optional: true,
    });
    const running = watched.run(stop.signal);
    await watched.synced;
    stop.abort();
    await running;
  });
});
