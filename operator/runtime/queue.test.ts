import { describe, expect, it } from "@jest/globals";
import { Registry } from "prom-client";
import type { Key } from "./key.ts";
import { createMetrics } from "./metrics.ts";
import { type QueueOptions, WorkQueue } from "./queue.ts";
import { manualClock } from "./testing/manualClock.ts";
import { until } from "./testing/until.ts";

const a = { namespace: "demo", name: "a" };
const b = { namespace: "demo", name: "b" };
const c = { namespace: "demo", name: "c" };

function setUp(options: Partial<QueueOptions> = {}) {
  const clock = manualClock();
  const registry = new Registry();
  const metrics = createMetrics(registry);
  const queue = new WorkQueue({ name: "test", metrics, clock, random: () => 0.999999, ...options });
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  /** Work that lasts until it is ended by name. */
  const work = (key: Key) => {
    begun.push(key.name);
    return new Promise<void>((resolve) => ends.set(key.name, resolve));
  };
  const end = async (name: string) => {
    ends.get(name)?.();
    await Promise.resolve().then(() => {});
  };
  return { clock, registry, queue, begun, work, end };
}

describe("a work queue", () => {
  it("works on each key once, in order, however often it was added", () => {
    const { queue, begun, work } = setUp();
    for (const key of [b, a, b, a]) {
      queue.add(key);
    }
    queue.start(work);
    expect(begun).toEqual(["b", "a"]);
  });

  it("works on no more keys at once than it may", async () => {
    const { queue, begun, work, end } = setUp({ concurrency: 2 });
    queue.start(work);
    for (const key of [a, b, c]) {
      queue.add(key);
    }
    expect(begun).toEqual(["a", "b"]);
    await end("b");
    expect(begun).toEqual(["a", "b", "c"]);
  });

  it("gives a key that is added while it is worked on one more turn, afterwards", async () => {
    const { queue, begun, work, end } = setUp();
    queue.start(work);
    queue.add(a);
    queue.add(a);
    queue.add(a);
    expect(begun).toEqual(["a"]);
    await end("a");
    expect(begun).toEqual(["a", "a"]);
    await end("a");
    expect(begun).toEqual(["a", "a"]);
  });

  it.each([
    { wishes: [300, 100, 200], at: 100 },
    { wishes: [100, 300], at: 100 },
  ])("lets the earliest of the delays $wishes win", ({ wishes, at }) => {
    const { queue, begun, work, clock } = setUp();
    queue.start(work);
    for (const ms of wishes) {
      queue.addAfter(a, ms);
    }
    clock.advance(at - 1);
    expect(begun).toEqual([]);
    clock.advance(1);
    expect(begun).toEqual(["a"]);
    expect(clock.waiting).toBe(0);
  });

  it("drops a delay when work on the key begins before it ends", () => {
    const { queue, begun, work, clock } = setUp();
    queue.start(work);
    queue.addAfter(a, 1000);
    queue.add(a);
    expect(clock.waiting).toBe(0);
    clock.advance(2000);
    expect(begun).toEqual(["a"]);
  });

  it("keeps a delay that is asked for while the key is worked on", async () => {
    const { queue, begun, work, clock, end } = setUp();
    queue.start(work);
    queue.add(a);
    queue.addAfter(a, 1000);
    await end("a");
    clock.advance(1000);
    expect(begun).toEqual(["a", "a"]);
  });

  it("retries later after each failure, up to its cap, until it is told to forget", () => {
    const { queue } = setUp({ backoff: { baseMs: 100, capMs: 500 } });
    const delays = [1, 2, 3, 4, 5].map(() => Math.round(queue.retry(a)));
    expect(delays).toEqual([100, 200, 400, 500, 500]);
    expect(Math.round(queue.retry(b))).toBe(100);
    queue.forget(a);
    expect(Math.round(queue.retry(a))).toBe(100);
    expect(queue.retry(b, 30_000)).toBe(30_000);
  });

  it("begins no work on a key that is removed, and remembers nothing of it", async () => {
    const { queue, begun, work, end, clock } = setUp({ concurrency: 1 });
    queue.start(work);
    queue.add(a);
    queue.add(b);
    queue.addAfter(c, 10);
    queue.retry(a);
    queue.add(a);
    for (const key of [a, b, c]) queue.remove(key);
    expect(queue.size).toBe(1); // the work under way
    await end("a");
    expect(queue.size).toBe(0);
    expect(clock.waiting).toBe(0);
    expect(begun).toEqual(["a"]);
    queue.add(b);
    expect(begun).toEqual(["a", "b"]);
  });

  it("retries work that rejects", async () => {
    const { queue, clock } = setUp({ backoff: { baseMs: 100, capMs: 500 } });
    let turns = 0;
    queue.start(() => {
      turns += 1;
      return Promise.reject(new Error("no"));
    });
    queue.add(a);
    await until("it waits", () => clock.waiting === 1);
    clock.advance(100);
    expect(turns).toBe(2);
  });

  it("closes when the work under way has ended, and begins none of what waited", async () => {
    const { queue, begun, work, clock, end } = setUp({ concurrency: 1 });
    queue.start(work);
    queue.add(a);
    queue.add(a);
    queue.add(b);
    queue.addAfter(c, 10);
    let closed = false;
    const closing = queue.close().then(() => {
      closed = true;
    });
    clock.advance(10);
    queue.add(c);
    await Promise.resolve();
    expect(closed).toBe(false);
    await end("a");
    await closing;
    expect(begun).toEqual(["a"]);
    await queue.close();
  });

  it("reports itself under the workqueue's names", async () => {
    const { queue, registry, work, clock, end } = setUp({ concurrency: 1 });
    queue.start(work);
    for (const key of [a, b, c, c]) {
      queue.add(key);
    }
    clock.advance(2000);
    queue.retry(c);
    const during = await registry.metrics();
    const labels = '{name="test",controller="test"}';
    expect(during).toContain(`workqueue_depth${labels} 2`);
    expect(during).toContain(`workqueue_adds_total${labels} 3`);
    expect(during).toContain(`workqueue_retries_total${labels} 1`);
    expect(during).toContain(`workqueue_unfinished_work_seconds${labels} 2`);
    expect(during).toContain(`workqueue_longest_running_processor_seconds${labels} 2`);
    await end("a");
    const after = await registry.metrics();
    expect(after).toContain(`workqueue_queue_duration_seconds_sum${labels} 2`);
    expect(after).toContain(`workqueue_work_duration_seconds_sum${labels} 2`);
  });
});
