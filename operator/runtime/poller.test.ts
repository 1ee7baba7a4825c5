import { describe, expect, it } from "@jest/globals";
import { Registry } from "prom-client";
import { type Key, keyString } from "./key.ts";
import { errorMessage } from "./logger.ts";
import { createMetrics } from "./metrics.ts";
import { Poller, type PollerOptions } from "./poller.ts";
import { manualClock } from "./testing/manualClock.ts";

const a = { namespace: "demo", name: "a" };
const b = { namespace: "demo", name: "b" };
const never = () => new Promise<number>(() => {});
/** Lets everything happen that waits for no clock. */
const settle = () => new Promise(setImmediate);

/** A poller, started, whose answers are numbers, bad below 0; and what came of it. */
function setUp<S = string>(options: Partial<PollerOptions<S, number>> = {}, { started = true } = {}) {
  const clock = manualClock();
  const asked: { subject: S; at: number; signal: AbortSignal }[] = [];
  const failures: string[] = [];
  const told: string[] = [];
  const server = { answer: (_subject: S): number | Promise<number> => 1 };
  const poller = new Poller<S, number>({
    name: "numbers",
    ask: async (subject, signal) => {
      asked.push({ subject, at: clock.now(), signal });
      return await server.answer(subject);
    },
    failed: (error) => {
      failures.push(errorMessage(error));
      return -1;
    },
    timeoutMs: 5_000,
    intervalMs: 10_000,
    eagerMs: 1_000,
    isGood: (value) => value >= 0,
    steadyMs: 2_000,
    metrics: createMetrics(new Registry()),
    clock,
    random: () => 0.999999,
    ...options,
  });
  poller.onKey((key) => told.push(`${key.name} ${JSON.stringify(poller.answer(key))}`));
  if (started) poller.start();
  /** Moves the clock on in steps, so that what was asked is answered at its own time. */
  const pass = async (ms: number, step = 100) => {
    for (let passed = 0; passed < ms; passed += step) {
      await settle();
      clock.advance(Math.min(step, ms - passed));
    }
    await settle();
  };
  const times = () => asked.map(({ at }) => Math.round(at));
  return { poller, clock, server, asked, failures, told, pass, times };
}

describe("a poller", () => {
  it("is a source that is in sync at once", async () => {
    const { poller } = setUp();
    await poller.synced;
  });

  it("asks about what is followed once it has started, and no more when it stops", async () => {
    const { poller, asked, told, pass, server } = setUp({}, { started: false });
    server.answer = never;
    poller.follow(a, "x");
    poller.follow(b, "y");
    await pass(1_000);
    expect(asked).toEqual([]);
    poller.start();
    await settle();
    const stopped = poller.stop();
    expect(asked.map(({ signal }) => signal.aborted)).toEqual([true, true]);
    await stopped;
    await pass(60_000, 1_000);
    expect(asked).toHaveLength(2);
    expect(told).toEqual([]);
    expect(poller.size).toBe(0);
  });

  it("asks soon until the answer is steady, then every so often, and tells only of news", async () => {
    const { poller, server, told, pass, times } = setUp();
    poller.follow(a, "x");
    await pass(12_500);
    expect(times()).toEqual([0, 1_000, 2_000, 12_000]);
    server.answer = () => 2;
    await pass(10_000);
    expect(times().slice(4)).toEqual([22_000]);
    expect(told).toEqual([
      'a {"value":1,"steady":false}',
      'a {"value":1,"steady":true}',
      'a {"value":2,"steady":true}',
    ]);
  });

  it("asks steady ones not all at the same time, but none later than every so often", async () => {
    const { poller, pass, times } = setUp({ random: () => 0 });
    poller.follow(a, "x");
    await pass(12_000);
    expect(times()).toEqual([0, 1_000, 2_000, 11_000]);
  });

  it("asks less and less often while answers are bad, and soon again after a good one", async () => {
    const { poller, server, pass, times } = setUp();
    server.answer = () => -7;
    poller.follow(a, "x");
    await pass(36_000);
    expect(times()).toEqual([0, 1_000, 3_000, 7_000, 15_000, 25_000, 35_000]);
    server.answer = () => 1;
    await pass(10_500);
    expect(times().slice(7)).toEqual([45_000, 46_000]);
    server.answer = () => -7;
    await pass(2_500);
    expect(times().slice(9)).toEqual([47_000, 48_000]);
  });

  it("asks again sooner while answers are bad, where that is wanted", async () => {
    const { poller, server, pass, times } = setUp({ badIntervalMs: 2_000 });
    server.answer = () => -7;
    poller.follow(a, "x");
    await pass(7_500);
    expect(times()).toEqual([0, 1_000, 3_000, 5_000, 7_000]);
  });

  it("tells whom it asked about in vain", async () => {
    const failed: unknown[] = [];
    const { poller, server, pass } = setUp({ failed: (_error, subject) => failed.push(subject) - 2 });
    server.answer = () => Promise.reject(new Error("no"));
    poller.follow(a, "x");
    await pass(100);
    expect(failed).toEqual(["x"]);
  });

  it("takes no answer for steady because it grows old: the last one is at least so much later than the first", async () => {
    const { poller, pass } = setUp({ eagerMs: 9_000 });
    poller.follow(a, "x");
    await pass(8_900);
    expect(poller.answer(a)).toMatchObject({ value: 1, steady: false });
    await pass(100);
    expect(poller.answer(a)).toMatchObject({ value: 1, steady: true });
  });

  it("takes not even two answers for one that are good at once", async () => {
    const { poller, pass, times } = setUp({ steadyMs: 0 });
    poller.follow(a, "x");
    await settle();
    expect(poller.answer(a)).toMatchObject({ value: 1, steady: false });
    await pass(1_000);
    expect(poller.answer(a)).toMatchObject({ value: 1, steady: true });
    expect(times()).toEqual([0, 1_000]);
  });

  it("counts anew how long answers are good after a bad one", async () => {
    const { poller, server, told, pass } = setUp();
    poller.follow(a, "x");
    await pass(2_500);
    server.answer = () => -7;
    await pass(10_000);
    server.answer = () => 1;
    await pass(2_000);
    expect(told.slice(1)).toEqual([
      'a {"value":1,"steady":true}',
      'a {"value":-7,"steady":false}',
      'a {"value":1,"steady":false}',
    ]);
    await pass(1_000);
    expect(told.slice(4)).toEqual(['a {"value":1,"steady":true}']);
  });

  it("goes on when the same is followed again, and asks at once, with nothing kept, when it is not", async () => {
    const { poller, server, told, asked, pass } = setUp();
    poller.follow(a, "x");
    await pass(5_000);
    poller.follow(a, "x");
    await settle();
    expect(asked).toHaveLength(3);
    server.answer = never;
    poller.follow(a, "y");
    expect(poller.answer(a)).toBeUndefined();
    expect(asked.map(({ subject }) => subject)).toEqual(["x", "x", "x", "y"]);
    server.answer = () => 3;
    poller.follow(a, "z");
    await settle();
    expect(asked[3]?.signal.aborted).toBe(true);
    expect(asked[4]).toMatchObject({ subject: "z", at: 5_000 });
    expect(told.slice(2)).toEqual(['a {"value":3,"steady":false}']);
  });

  it("is unsure of what it follows until an answer is bad, or has been good for a while", async () => {
    const { poller, server, pass } = setUp();
    expect(poller.isUnsure(a)).toBe(false);
    poller.follow(a, "x");
    expect(poller.isUnsure(a)).toBe(true);
    await settle();
    expect(poller.isUnsure(a)).toBe(true);
    await pass(2_000);
    expect(poller.isUnsure(a)).toBe(false);
    server.answer = () => -7;
    poller.follow(a, "y");
    expect(poller.isUnsure(a)).toBe(true);
    await settle();
    expect(poller.isUnsure(a)).toBe(false);
  });

  it("takes subjects that are deeply equal for the same", async () => {
    const { poller, asked } = setUp<{ uids: string[] }>();
    poller.follow(a, { uids: ["1"] });
    poller.follow(a, { uids: ["1"] });
    await settle();
    expect(asked).toHaveLength(1);
    expect(asked[0]?.signal.aborted).toBe(false);
  });

  it("asks at once on another occasion, keeps the answer until then, and tells of the first one asked for on it", async () => {
    const { poller, told, asked, pass, times } = setUp();
    poller.follow(a, "x", "one pod");
    await pass(5_000);
    poller.follow(a, "x", "one pod");
    expect(asked).toHaveLength(3);
    poller.follow(a, "x", "two pods");
    expect(poller.answer(a)).toEqual({ value: 1, steady: true, occasion: "one pod" });
    await settle();
    expect(poller.answer(a)).toEqual({ value: 1, steady: true, occasion: "two pods" });
    await pass(10_000);
    expect(times()).toEqual([0, 1_000, 2_000, 5_000, 15_000]);
    expect(told.slice(2)).toEqual(['a {"value":1,"steady":true,"occasion":"two pods"}']);
  });

  it("asks once more where the occasion changes while it asks: that answer is the former one's", async () => {
    const { poller, server, told, asked } = setUp();
    const answers: ((value: number) => void)[] = [];
    server.answer = () => new Promise((resolve) => answers.push(resolve));
    poller.follow(a, "x", "one pod");
    poller.follow(a, "x", "two pods");
    expect(asked).toHaveLength(1);
    answers[0]?.(4);
    await settle();
    answers[1]?.(4);
    await settle();
    expect(told).toEqual([
      'a {"value":4,"steady":false,"occasion":"one pod"}',
      'a {"value":4,"steady":false,"occasion":"two pods"}',
    ]);
  });

  it("takes another occasion for a reason not to wait long after bad answers", async () => {
    const { poller, server, pass, times } = setUp();
    server.answer = () => -7;
    poller.follow(a, "x", "one pod");
    await pass(10_000);
    expect(times()).toEqual([0, 1_000, 3_000, 7_000]);
    poller.follow(a, "x", "two pods");
    await pass(3_500);
    expect(times().slice(4)).toEqual([10_000, 11_000, 13_000]);
  });

  it("discards an answer that comes when another subject is followed, or none", async () => {
    const { poller, server, told } = setUp();
    const answers: ((value: number) => void)[] = [];
    server.answer = () => new Promise((resolve) => answers.push(resolve));
    poller.follow(a, "x");
    poller.follow(b, "x");
    poller.follow(a, "y");
    poller.forget(b);
    for (const resolve of answers) resolve(4);
    await settle();
    expect(told).toEqual([]);
    expect(poller.answer(a)).toBeUndefined();
    expect(poller.answer(b)).toBeUndefined();
    answers.at(-1)?.(5);
    await settle();
    expect(told).toEqual(['a {"value":5,"steady":false}']);
  });

  it.each([
    ["throws", () => Promise.reject(new Error("refused")), 0, "refused"],
    ["hangs", never, 5_000, "no answer within 5000 ms"],
  ])("makes an answer of an ask that %s", async (_how, answer, afterMs, failure) => {
    const { poller, server, told, failures, asked, pass, clock } = setUp();
    server.answer = answer;
    poller.follow(a, "x");
    await pass(afterMs);
    expect(failures).toEqual([failure]);
    expect(asked[0]?.signal.aborted).toBe(afterMs > 0);
    expect(told).toEqual(['a {"value":-1,"steady":false}']);
    expect(clock.waiting).toBe(1);
  });

  it("lets 12 keys that hang delay a healthy one not at all where it may ask 13 at once", async () => {
    const { poller, server, asked, pass } = setUp({ concurrency: 13 });
    server.answer = (subject) => (subject === "healthy" ? 1 : never());
    for (let hanging = 0; hanging < 12; hanging += 1) {
      poller.follow({ namespace: "demo", name: `hanging-${hanging}` }, "hanging");
    }
    poller.follow(a, "healthy");
    await pass(60_000);
    const healthy = asked.filter(({ subject }) => subject === "healthy").map(({ at }) => Math.round(at));
    expect(healthy).toEqual([0, 1_000, 2_000, 12_000, 22_000, 32_000, 42_000, 52_000]);
  });

  it("lets 12 keys that hang delay a healthy one by three timeouts where it may ask 4 at once, never more", async () => {
    const { poller, server, asked, pass } = setUp({ concurrency: 4 });
    let most = 0;
    let hanging = 0;
    server.answer = (subject) => {
      if (subject === "healthy") return 1;
      hanging += 1;
      most = Math.max(most, hanging);
      asked.at(-1)?.signal.addEventListener("abort", () => {
        hanging -= 1;
      });
      return never();
    };
    for (let each = 0; each < 12; each += 1) {
      poller.follow({ namespace: "demo", name: `hanging-${each}` }, "hanging");
    }
    poller.follow(a, "healthy");
    await pass(120_000);
    const healthy = asked.filter(({ subject }) => subject === "healthy").map(({ at }) => at);
    expect(healthy[0]).toBe(15_000);
    const waits = healthy.slice(1).map((at, index) => at - (healthy[index] ?? 0));
    expect(Math.max(...waits)).toBeLessThanOrEqual(10_000 + 3 * 5_000);
    expect(most).toBe(4);
  });

  it("remembers nothing of a key that is forgotten, in whatever state", async () => {
    const { poller, server, pass, clock, asked, told } = setUp({ concurrency: 1 });
    const key = (name: string): Key => ({ namespace: "demo", name });
    server.answer = (subject) => ({ good: 1, bad: -7 })[subject] ?? never();
    poller.follow(key("bad"), "bad");
    poller.follow(key("good"), "good");
    await settle();
    poller.follow(key("under way"), "hangs");
    poller.follow(key("under way"), "hangs anew");
    poller.follow(key("waiting"), "good");
    await settle();
    expect(poller.size).toBe(4);
    const toldBefore = [...told];
    for (const name of ["bad", "good", "under way", "waiting"]) poller.forget(key(name));
    await settle();
    expect(poller.size).toBe(0);
    expect(clock.waiting).toBe(0);
    const before = asked.length;
    await pass(60_000, 1_000);
    expect(asked).toHaveLength(before);
    expect(told).toEqual(toldBefore);

    // Not even how often it failed, nor since when it was good.
    server.answer = () => -7;
    poller.follow(key("bad"), "bad");
    await pass(1_000);
    expect(asked.slice(before).map(({ at }) => Math.round(at))).toEqual([60_000, 61_000]);
  });

  it("can be told to forget, or to follow something else, by whom it tells", async () => {
    const { poller, pass, clock, asked } = setUp();
    poller.onKey((key) => {
      if (keyString(key) === "demo/a") poller.forget(key);
      else poller.follow(key, "another");
    });
    poller.follow(a, "x");
    await settle();
    expect(poller.size).toBe(0);
    expect(clock.waiting).toBe(0);
    poller.follow(b, "x");
    await pass(100);
    expect(asked.map(({ subject }) => subject)).toEqual(["x", "x", "another"]);
  });
});
