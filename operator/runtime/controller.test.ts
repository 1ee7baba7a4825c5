import { describe, expect, it } from "@jest/globals";
import { Registry } from "prom-client";
import { ApiError } from "./apiError.ts";
import { Controller, type ControllerOptions, done, type Reconcile, requeueAfter } from "./controller.ts";
import type { Key } from "./key.ts";
import { createMetrics } from "./metrics.ts";
import { manualClock } from "./testing/manualClock.ts";
import { memoryLog } from "./testing/things.ts";
import { until } from "./testing/until.ts";

const a = { namespace: "demo", name: "a" };

function setUp(reconcile: Reconcile, options: Partial<ControllerOptions> = {}) {
  const clock = manualClock();
  const registry = new Registry();
  const { log, lines } = memoryLog();
  const reconciled: string[] = [];
  let enqueue: (key: Key) => void = () => {};
  const source = {
    synced: Promise.resolve(),
    onKey: (tell: (key: Key) => void) => {
      enqueue = tell;
    },
  };
  const controller = new Controller({
    name: "things",
    reconcile: (key, context) => {
      reconciled.push(key.name);
      return reconcile(key, context);
    },
    log,
    metrics: createMetrics(registry),
    backoff: { baseMs: 100, capMs: 1000 },
    clock,
    random: () => 0.999999,
    ...options,
    sources: [source, ...(options.sources ?? [])],
  });
  return { clock, registry, lines, controller, reconciled, enqueue };
}

describe("a controller", () => {
  it("reconciles nothing before every source is in sync, and then what it was told meanwhile", async () => {
    const synced = Promise.withResolvers<void>();
    const source = { synced: synced.promise, onKey: () => {} };
    const { controller, reconciled, enqueue } = setUp(async () => done, { sources: [source] });
    const starting = controller.start();
    enqueue(a);
    await new Promise(setImmediate);
    expect(controller.hasSynced).toBe(false);
    expect(reconciled).toEqual([]);
    synced.resolve();
    await starting;
    expect(controller.hasSynced).toBe(true);
    expect(reconciled).toEqual(["a"]);
  });

  it("is in sync when the last of its sources is, though it has not started", async () => {
    const sources = [1, 2].map(() => Promise.withResolvers<void>());
    const { controller } = setUp(async () => done, {
      sources: sources.map(({ promise }) => ({ synced: promise, onKey: () => {} })),
    });
    let synced = false;
    void controller.synced.then(() => {
      synced = true;
    });
    for (const source of sources) {
      await new Promise(setImmediate);
      expect(synced).toBe(false);
      source.resolve();
    }
    await controller.synced;
  });

  it("looks again when the outcome says so, and not otherwise", async () => {
    const outcomes = [requeueAfter(5000), done];
    const { controller, enqueue, reconciled, clock } = setUp(async () => outcomes.shift() ?? done);
    await controller.start();
    enqueue(a);
    await until("it waits", () => clock.waiting === 1);
    clock.advance(5000);
    await new Promise(setImmediate);
    expect(reconciled).toEqual(["a", "a"]);
    expect(clock.waiting).toBe(0);
  });

  it("tries again with backoff after an error, and logs it once with key, id and causes", async () => {
    const { controller, enqueue, reconciled, clock, lines } = setUp(async () => {
      throw new Error("applying Service demo/web", { cause: new Error("409 Conflict") });
    });
    await controller.start();
    enqueue(a);
    await until("it waits", () => clock.waiting === 1);
    clock.advance(100);
    await until("it waits again", () => clock.waiting === 1);
    expect(reconciled).toEqual(["a", "a"]);
    expect(lines.map(({ retryInMs }) => retryInMs)).toEqual([100, 200]);
    expect(lines[0]?.reconcileID).not.toBe(lines[1]?.reconcileID);
    expect(lines[0]).toMatchObject({
      level: "error",
      controller: "things",
      namespace: "demo",
      name: "a",
      reconcileID: expect.stringMatching(/^[0-9a-f-]{36}$/),
      error: "applying Service demo/web: 409 Conflict",
    });
  });

  it("waits as long as the API server asks", async () => {
    const { controller, enqueue, clock, lines } = setUp(async () => {
      throw new Error("applying", { cause: new ApiError(429, {}, "9") });
    });
    await controller.start();
    enqueue(a);
    await until("it waits", () => clock.waiting === 1);
    expect(lines[0]?.retryInMs).toBe(9000);
  });

  it("finishes what is in hand when it stops, and begins nothing more", async () => {
    const work = Promise.withResolvers<void>();
    const { controller, enqueue, reconciled } = setUp(async (_key, { signal }) => {
      await work.promise;
      expect(signal.aborted).toBe(false);
      return done;
    });
    await controller.start();
    enqueue(a);
    const stopping = controller.stop(1000);
    enqueue({ ...a, name: "b" });
    work.resolve();
    await stopping;
    expect(reconciled).toEqual(["a"]);
  });

  it("aborts what is in hand when that takes longer than its grace", async () => {
    const { controller, enqueue, clock, lines } = setUp(
      (_key, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
        }),
    );
    await controller.start();
    enqueue(a);
    clock.advance(500);
    expect(controller.longestRunningMs).toBe(500);
    const stopping = controller.stop(1000);
    clock.advance(1000);
    await stopping;
    await until("it is logged", () => lines.length === 1);
    expect(lines[0]?.level).toBe("info");
    expect(controller.longestRunningMs).toBe(0);
  });

  it("never starts when it is stopped before its sources are in sync", async () => {
    const synced = Promise.withResolvers<void>();
    const source = { synced: synced.promise, onKey: () => {} };
    const { controller, enqueue, reconciled } = setUp(async () => done, { sources: [source] });
    const starting = controller.start();
    enqueue(a);
    await controller.stop();
    synced.resolve();
    await starting;
    expect(reconciled).toEqual([]);
  });

  it("reports itself under controller-runtime's names", async () => {
    const results = [async () => done, async () => requeueAfter(1), () => Promise.reject(new Error("no"))];
    const { controller, enqueue, registry, lines } = setUp(async (key) =>
      (results[Number(key.name)] ?? (async () => done))(),
    );
    expect(await registry.metrics()).toContain(
      'controller_runtime_reconcile_total{controller="things",result="error"} 0',
    );
    await controller.start();
    for (const name of ["0", "1", "2"]) {
      enqueue({ namespace: "demo", name });
    }
    await until("all are logged", () => lines.length === 3);
    await new Promise(setImmediate);
    const text = await registry.metrics();
    for (const line of [
      'controller_runtime_reconcile_total{controller="things",result="success"} 1',
      'controller_runtime_reconcile_total{controller="things",result="requeue_after"} 1',
      'controller_runtime_reconcile_total{controller="things",result="error"} 1',
      'controller_runtime_reconcile_errors_total{controller="things"} 1',
      'controller_runtime_reconcile_time_seconds_count{controller="things"} 3',
      'controller_runtime_active_workers{controller="things"} 0',
      'controller_runtime_max_concurrent_reconciles{controller="things"} 10',
    ]) {
      expect(text).toContain(line);
    }
    await controller.stop();
  });
});
