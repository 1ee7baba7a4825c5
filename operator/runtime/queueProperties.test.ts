import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { Registry } from "prom-client";
import { type Key, keyString } from "./key.ts";
import { createMetrics } from "./metrics.ts";
import { type QueueOptions, WorkQueue } from "./queue.ts";
import { manualClock } from "./testing/manualClock.ts";

// A failure prints its seed and path: fc.assert(…, { seed, path }) replays it.

const a = { namespace: "one", name: "a" };
const b = { namespace: "one", name: "b" };
const keys = [a, b, { namespace: "two", name: "a" }, { namespace: "two", name: "c" }];
const backoff = { baseMs: 10, capMs: 160 };

const anyKey = fc.constantFrom(...keys);
const anyMs = fc.integer({ min: 0, max: 200 });
/** What can befall a queue; `end` and `fail` are of the key's work under way, if there is any. */
const step = fc.oneof(
  fc.record({ op: fc.constant("add" as const), key: anyKey }),
  fc.record({ op: fc.constant("addAfter" as const), key: anyKey, ms: anyMs }),
  fc.record({ op: fc.constant("remove" as const), key: anyKey }),
  fc.record({ op: fc.constant("end" as const), key: anyKey }),
  fc.record({ op: fc.constant("fail" as const), key: anyKey }),
  fc.record({ op: fc.constant("advance" as const), ms: anyMs }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function newQueue(options: Partial<QueueOptions> = {}) {
  const clock = manualClock();
  const metrics = createMetrics(new Registry());
  return { clock, queue: new WorkQueue({ name: "test", metrics, clock, backoff, ...options }) };
}

/** A queue whose work ends as told, beside a model of what it owes: when work on each key must begin at the latest. */
function newModel(concurrency: number, random: () => number) {
  const { clock, queue } = newQueue({ concurrency, random });
  const active = new Map<string, PromiseWithResolvers<void>>();
  const owed = new Map<string, number>();
  const wrong: string[] = [];
  const owe = (key: Key, ms: number) => {
    const id = keyString(key);
    owed.set(id, Math.min(owed.get(id) ?? Number.POSITIVE_INFINITY, clock.now() + ms));
  };
  queue.start((key) => {
    const id = keyString(key);
    // Noted, since whatever work throws is only retried.
    if (active.has(id)) wrong.push(`${id} is worked on twice at once`);
    if (active.size >= concurrency) wrong.push(`more than ${concurrency} at once`);
    owed.delete(id);
    const work = Promise.withResolvers<void>();
    active.set(id, work);
    return work.promise;
  });
  /** Ends work, and waits until the queue has noticed. */
  const end = async (key: Key, failed: boolean) => {
    const work = active.get(keyString(key));
    if (work === undefined) return;
    active.delete(keyString(key));
    if (failed) {
      owe(key, backoff.capMs);
      work.reject(new Error("no"));
    } else {
      queue.forget(key);
      work.resolve();
    }
    await new Promise(setImmediate);
  };
  const apply = async (each: Step) => {
    if (each.op === "advance") {
      clock.advance(each.ms);
    } else if (each.op === "add") {
      owe(each.key, 0);
      queue.add(each.key);
    } else if (each.op === "addAfter") {
      owe(each.key, each.ms);
      queue.addAfter(each.key, each.ms);
    } else if (each.op === "remove") {
      owed.delete(keyString(each.key));
      queue.remove(each.key);
    } else {
      await end(each.key, each.op === "fail");
    }
  };
  /** Lets all work end well until there is none, or what should end plainly does not. */
  const drain = async () => {
    for (let turn = 0; turn < 1000 && (clock.waiting > 0 || active.size > 0); turn += 1) {
      for (const key of keys) await end(key, false);
      clock.advance(1);
    }
  };
  return { clock, queue, active, owed, wrong, apply, drain };
}

const walk = fc.array(step, { maxLength: 120 });
/** Where between half and all of a backoff's range each wait is drawn from. */
const jitter = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe("a work queue, whatever happens to it", () => {
  it("loses no key, works on none twice at once, and remembers nothing once all is done", async () => {
    await fc.assert(
      fc.asyncProperty(
        walk,
        jitter,
        fc.integer({ min: 1, max: keys.length }),
        async (steps, part, concurrency) => {
          const { clock, queue, owed, wrong, apply, drain } = newModel(concurrency, () => part);
          for (const each of steps) {
            await apply(each);
            expect(wrong).toEqual([]);
            expect(queue.size).toBeLessThanOrEqual(keys.length);
            expect(clock.waiting).toBeLessThanOrEqual(keys.length);
          }
          await drain();
          expect(owed).toEqual(new Map());
          expect(queue.size).toBe(0);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("begins in time: at the earliest of the wishes, and within the cap after a failure", async () => {
    await fc.assert(
      fc.asyncProperty(walk, jitter, async (steps, part) => {
        const { clock, active, owed, apply, drain } = newModel(keys.length, () => part);
        const late = () => [...owed].filter(([id, by]) => !active.has(id) && by < clock.now());
        for (const each of steps) {
          await apply(each);
          expect(late()).toEqual([]);
        }
        await drain();
      }),
      { numRuns: 200 },
    );
  });

  it("begins no earlier than the earliest of the delays asked for", () => {
    fc.assert(
      fc.property(fc.array(anyMs, { minLength: 1, maxLength: 10 }), (delays) => {
        const { clock, queue } = newQueue();
        const begun: number[] = [];
        queue.start(async () => void begun.push(clock.now()));
        for (const ms of delays) queue.addAfter(a, ms);
        clock.advance(1000);
        expect(begun).toEqual([Math.min(...delays)]);
        expect(clock.waiting).toBe(0);
      }),
    );
  });

  it("waits after each failure in a row within the upper half of a range that doubles up to the cap", () => {
    const times = fc.integer({ min: 1, max: 60 });
    const range = fc.record({
      baseMs: fc.integer({ min: 1, max: 1000 }),
      capMs: fc.integer({ min: 1000, max: 600_000 }),
    });
    fc.assert(
      fc.property(times, range, jitter, anyMs, (failures, { baseMs, capMs }, part, leastMs) => {
        const { queue } = newQueue({ backoff: { baseMs, capMs }, random: () => part });
        for (let failure = 1; failure <= failures; failure += 1) {
          const longest = Math.min(capMs, baseMs * 2 ** (failure - 1));
          const ms = queue.retry(a);
          expect(ms).toBeGreaterThanOrEqual(longest / 2);
          expect(ms).toBeLessThanOrEqual(longest);
        }
        expect(queue.retry(a, capMs + leastMs)).toBe(capMs + leastMs); // a server's wish comes first
        expect(queue.retry(b)).toBeLessThanOrEqual(baseMs); // one key's failures are not another's
        queue.forget(a);
        expect(queue.retry(a)).toBeLessThanOrEqual(baseMs);
      }),
    );
  });
});
