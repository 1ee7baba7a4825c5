import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { Registry } from "prom-client";
import type { KubeClient } from "./kubeClient.ts";
import { createMetrics } from "./metrics.ts";
import type { ChangeType } from "./store.ts";
import { FakeApiServer, type SeenRequest } from "./testing/fakeApiServer.ts";
import { manualClock } from "./testing/manualClock.ts";
import { clientFor, demoThings, memoryLog, type Thing, thing, things } from "./testing/things.ts";
import { until } from "./testing/until.ts";
import { Watcher, type WatcherOptions } from "./watcher.ts";

let server: FakeApiServer;
let client: KubeClient;
let stop: AbortController;
let running: Promise<void>[];

beforeEach(async () => {
  server = await FakeApiServer.start();
  client = clientFor(server.url);
  stop = new AbortController();
  running = [];
});

afterEach(async () => {
  stop.abort();
  await Promise.all(running);
  await client.close();
  await server.close();
});

/** A running watcher and what its listener was told, such as "added a". */
function watch(options: Partial<WatcherOptions<Thing>> = {}) {
  const watcher = new Watcher(things, {
    client,
    log: memoryLog().log,
    metrics: createMetrics(new Registry()),
    backoff: { baseMs: 4, capMs: 16 },
    ...options,
  });
  const told: string[] = [];
  const state = { synced: false };
  void watcher.synced.then(() => {
    state.synced = true;
  });
  watcher.onChange((object: Thing, type: ChangeType) => told.push(`${type} ${object.metadata?.name}`));
  running.push(watcher.run(stop.signal));
  return { watcher, told, state };
}

const a = { namespace: "demo", name: "a" };
const isWatch = ({ query }: SeenRequest) => query.watch === "true";
const lists = () => server.requests.filter((request) => !isWatch(request));
const watches = () => server.requests.filter(isWatch);
const watching = () => until("a watch is open", () => server.openWatches === 1);

describe("a watcher", () => {
  it("holds what a list of several pages and the watch after it tell", async () => {
    for (const name of ["a", "b", "c"]) {
      server.put(demoThings, thing(name));
    }
    server.pageSize = 2;
    const { watcher, told, state } = watch();
    expect(state.synced).toBe(false);
    await watcher.synced;
    expect(told).toEqual(["added a", "added b", "added c"]);
    expect(lists()).toHaveLength(2);
    expect(watcher.get(a)).toMatchObject({ apiVersion: "example.dev/v1", kind: "Thing", spec: { size: 1 } });

    await watching();
    server.put(demoThings, thing("a", 2));
    server.remove(`${demoThings}/b`);
    await until("both changes are told", () => told.length === 5);
    expect(told.slice(3)).toEqual(["modified a", "deleted b"]);
    expect(watcher.get(a)?.spec?.size).toBe(2);
    expect(watcher.list().map(({ metadata }) => metadata?.name)).toEqual(["a", "c"]);
  });

  it("asks for one namespace and one selector when told to", async () => {
    server.put(demoThings, thing("a", 1, { labels: { team: "blue" } }));
    server.put(demoThings, thing("b"));
    server.put("/apis/example.dev/v1/namespaces/other/things", thing("c", 1, { namespace: "other" }));
    const { watcher, told } = watch({ namespace: "demo", labelSelector: "team=blue" });
    await watcher.synced;
    await watching();
    expect(told).toEqual(["added a"]);
    expect(server.requests.map(({ path }) => path)).toEqual([demoThings, demoThings]);
  });

  it("hands out objects that cannot be changed, without managedFields", async () => {
    server.put(demoThings, thing("a", 1, { managedFields: [{ manager: "someone" }] }));
    const { watcher } = watch();
    await watcher.synced;
    const spec = watcher.get(a)?.spec ?? {};
    expect(() => Object.assign(spec, { size: 9 })).toThrow(TypeError);
    expect(watcher.get(a)?.metadata).not.toHaveProperty("managedFields");
  });

  it("goes on from where it was when the connection is reset, without a new list", async () => {
    const { watcher, told } = watch();
    await watcher.synced;
    await watching();
    server.put(demoThings, thing("a"));
    await until("a is told", () => told.length === 1);
    server.fault = (request) => (isWatch(request) ? "reset" : undefined);
    server.resetConnections();
    server.put(demoThings, thing("b"));
    await until("several attempts failed", () => watches().length > 3);
    server.fault = () => undefined;
    await until("b is told", () => told.includes("added b"));
    expect(told).toEqual(["added a", "added b"]);
    expect(lists()).toHaveLength(1);
  });

  it("lists anew after 410 and tells only what it missed, and that the rest is there", async () => {
    for (const name of ["a", "b", "c"]) {
      server.put(demoThings, thing(name));
    }
    const { watcher, told } = watch();
    await watcher.synced;
    await watching();
    server.fault = (request) => (isWatch(request) ? "reset" : undefined);
    server.resetConnections();
    server.put(demoThings, thing("a", 2));
    server.remove(`${demoThings}/b`);
    server.compact();
    server.fault = () => undefined;
    await until("the second list is told", () => told.length === 6);
    expect(told.slice(3).sort()).toEqual(["deleted b", "modified a", "resync c"]);
    expect(lists()).toHaveLength(2);
  });

  it("misses nothing that happens between a list and the watch after it", async () => {
    server.put(demoThings, thing("a"));
    server.put(demoThings, thing("b"));
    server.fault = (request) => {
      if (isWatch(request) && watches().length === 1) {
        server.put(demoThings, thing("a", 2));
        server.remove(`${demoThings}/b`);
        server.put(demoThings, thing("c"));
      }
      return undefined;
    };
    const { watcher, told } = watch();
    await until("all is told", () => told.length === 5);
    expect(told).toEqual(["added a", "added b", "modified a", "deleted b", "added c"]);
    expect(watcher.get(a)?.spec?.size).toBe(2);
    expect(lists()).toHaveLength(1);
  });

  it("keeps its first list going through 500s", async () => {
    server.put(demoThings, thing("a"));
    server.fault = () => (server.requests.length < 4 ? { status: 500 } : undefined);
    const { watcher } = watch();
    await watcher.synced;
    expect(watcher.get(a)).toBeDefined();
    expect(lists()).toHaveLength(4);
  });

  it("waits as long as a 429 asks", async () => {
    const clock = manualClock();
    server.fault = () =>
      server.requests.length < 2 ? { status: 429, headers: { "retry-after": "7" } } : undefined;
    const { watcher } = watch({ clock });
    await until("it waits", () => clock.waiting === 1);
    clock.advance(6999);
    expect(server.requests).toHaveLength(1);
    clock.advance(1);
    await watcher.synced;
  });

  it("waits longer after each failure, up to its cap, and briefly again after a sign of life", async () => {
    const clock = manualClock();
    const { log, lines } = memoryLog();
    server.fault = () => "reset";
    const { watcher, told } = watch({
      clock,
      log,
      random: () => 0.999999,
      backoff: { baseMs: 500, capMs: 3000 },
    });
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      await until("it waits", () => lines.length === attempt && clock.waiting === 1);
      server.fault = () => (attempt < 5 ? "reset" : undefined);
      clock.advance(3000);
    }
    await watcher.synced;
    await watching();
    server.put(demoThings, thing("a"));
    await until("a is told", () => told.length === 1);
    server.resetConnections();
    await until("it waits", () => clock.waiting === 1);
    expect(lines.map(({ retryInMs }) => retryInMs)).toEqual([500, 1000, 2000, 3000, 3000, 500]);
  });

  it("does not ask in a tight loop when watches end as soon as they begin", async () => {
    const clock = manualClock();
    server.fault = (request) => (isWatch(request) ? { status: 200, body: "" } : undefined);
    const { watcher } = watch({ clock });
    await watcher.synced;
    await until("it waits", () => clock.waiting === 1);
    expect(watches()).toHaveLength(1);
  });

  it("watches on at once, from the latest bookmark, when the server ends a watch", async () => {
    const { watcher } = watch();
    await watcher.synced;
    await watching();
    server.sendToWatches({ type: "BOOKMARK", object: { metadata: { resourceVersion: "4711" } } });
    server.endWatches();
    await until("the next watch is asked for", () => watches().length === 2);
    expect(watches()[1]?.query).toMatchObject({ resourceVersion: "4711", allowWatchBookmarks: "true" });
    expect(lists()).toHaveLength(1);
  });

  it("lists afresh when it is time to resync, and tells of everything", async () => {
    server.put(demoThings, thing("a"));
    const clock = manualClock();
    const { watcher, told } = watch({ clock, random: () => 0.5 });
    await watcher.synced;
    await watching();
    clock.advance(600_000);
    server.endWatches();
    await until("a is told again", () => told.length === 2);
    expect(told).toEqual(["added a", "resync a"]);
  });

  it("has a write's answer at once, and does not tell of it when the watch does", async () => {
    const { watcher, told } = watch();
    await watcher.synced;
    await watching();
    watcher.record({ ...thing("a", 5), metadata: { ...thing("a").metadata, resourceVersion: "101" } });
    expect(watcher.get(a)?.spec?.size).toBe(5);
    expect(told).toEqual([]);
    server.put(demoThings, thing("a", 5));
    server.put(demoThings, thing("b"));
    await until("b is told", () => told.length > 0);
    expect(told).toEqual(["added b"]);
  });

  it("survives a listener that throws", async () => {
    const { log, lines } = memoryLog();
    const { watcher, told } = watch({ log });
    watcher.onChange(() => {
      throw new Error("no");
    });
    await watcher.synced;
    server.put(demoThings, thing("a"));
    server.put(demoThings, thing("b"));
    await until("both are told", () => told.length === 2);
    expect(lines.map(({ msg }) => msg)).toEqual(["a listener failed", "a listener failed"]);
  });

  describe("of a kind that the cluster does not know", () => {
    const unknown = () => ({ status: 404, body: "404 page not found" });
    const setUp = () => {
      const { log, lines } = memoryLog();
      const registry = new Registry();
      const clock = manualClock();
      server.fault = unknown;
      const metrics = createMetrics(registry);
      return { lines, registry, clock, ...watch({ optional: true, log, clock, metrics }) };
    };

    it("is in sync with nothing, if the kind is optional, and looks for it every 5 minutes", async () => {
      const { watcher, clock, lines, registry } = setUp();
      await watcher.synced;
      expect(watcher.list()).toEqual([]);
      for (const attempt of [1, 2, 3]) {
        await until("it waits", () => clock.waiting === 1);
        clock.advance(299_999);
        expect(clock.waiting).toBe(1);
        expect(lists()).toHaveLength(attempt);
        clock.advance(1);
        await until("it looks", () => lists().length === attempt + 1);
      }
      await until("it waits", () => clock.waiting === 1);
      expect(lines.map(({ level, kind, msg }) => [level, kind, msg])).toEqual([
        ["info", "Thing", "the cluster does not know this kind"],
      ]);
      expect(watches()).toEqual([]);
      expect(await registry.metrics()).not.toContain("watcher_failures_total{");
    });

    it("tells of its objects when the kind appears, and that they are deleted when it goes again", async () => {
      server.put(demoThings, thing("a"));
      const { watcher, told, clock, lines } = setUp();
      const known: boolean[] = [];
      watcher.onKnown(() => known.push(watcher.isKnown));
      await watcher.synced;
      await until("it waits", () => clock.waiting === 1);
      server.fault = () => undefined;
      clock.advance(300_000);
      await watching();
      expect(known).toEqual([false, true]);
      server.put(demoThings, thing("b"));
      await until("b is told", () => told.length === 2);

      server.fault = unknown;
      server.endWatches();
      await until("it waits", () => clock.waiting === 1);
      expect(told).toEqual(["added a", "added b", "deleted a", "deleted b"]);
      expect(known).toEqual([false, true, false]);
      expect(watcher.list()).toEqual([]);
      expect(lines.map(({ msg }) => msg)).toEqual([
        "the cluster does not know this kind",
        "the cluster does not know this kind",
      ]);

      server.fault = () => undefined;
      clock.advance(300_000);
      await until("all is told anew", () => told.length === 6);
      expect(told.slice(4)).toEqual(["added a", "added b"]);
    });

    it("is not in sync if the kind is not optional", async () => {
      const { log, lines } = memoryLog();
      server.fault = () => (server.requests.length < 4 ? unknown() : undefined);
      const { watcher, state } = watch({ log });
      await until("it has failed", () => lines.length === 2);
      expect(state.synced).toBe(false);
      await watcher.synced;
    });
  });

  it("counts lists, watches and failures", async () => {
    const registry = new Registry();
    server.fault = () => (server.requests.length < 2 ? { status: 503 } : undefined);
    await watch({ metrics: createMetrics(registry) }).watcher.synced;
    await watching();
    const text = await registry.metrics();
    expect(text).toContain('watcher_lists_total{kind="Thing"} 2');
    expect(text).toContain('watcher_watches_total{kind="Thing"} 1');
    expect(text).toContain('watcher_failures_total{kind="Thing",reason="503"} 1');
  });

  it("ends when its signal aborts, even while it waits", async () => {
    const clock = manualClock();
    server.fault = () => "reset";
    watch({ clock });
    await until("it waits", () => clock.waiting === 1);
    stop.abort();
    await Promise.all(running);
    expect(clock.waiting).toBe(0);
  });
});
