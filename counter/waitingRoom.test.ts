import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { hitsByHand, pass } from "./testing/handLink.ts";

beforeEach(() => void jest.useFakeTimers({ doNotFake: ["nextTick", "queueMicrotask", "setImmediate"] }));
afterEach(() => void jest.useRealTimers());

describe("those who wait for Redis", () => {
  it("tells how long requests waited, and how long the first one has now", async () => {
    const waits: number[] = [];
    const { hits, sent, setReady } = hitsByHand({ onWaited: (seconds) => void waits.push(seconds) });
    expect(hits.longestWait()).toBe(0);
    setReady(false);
    const both = [hits.next(), hits.next()];
    await pass(200);
    expect(hits.longestWait()).toBeCloseTo(0.2);
    setReady(true);
    (await sent(0)).answer(2);
    await Promise.all(both);
    expect(waits).toEqual([expect.closeTo(0.2)]);
    expect(hits.longestWait()).toBe(0);
  });

  it("gives up after its patience, each request on its own time", async () => {
    const { hits, setReady } = hitsByHand({ patienceSeconds: 0.4 });
    setReady(false);
    const first = hits.next().catch((error: unknown) => error);
    await pass(200);
    const second = hits.next().catch((error: unknown) => error);
    await pass(199);
    expect(hits.waiting()).toBe(2);
    await pass(1);
    expect(await first).toMatchObject({ reason: "patience" });
    expect(hits.waiting()).toBe(1);
    await pass(199);
    expect(hits.waiting()).toBe(1);
    await pass(1);
    expect(await second).toMatchObject({ reason: "patience" });
    expect(hits.waiting()).toBe(0);
  });

  it("lets only so many wait", async () => {
    const { hits, setReady, sent } = hitsByHand({ maxWaiting: 2 });
    setReady(false);
    const waiting = Promise.all([hits.next(), hits.next()]);
    await expect(hits.next()).rejects.toMatchObject({ reason: "crowded" });
    setReady(true);
    (await sent(0)).answer(2);
    expect(await waiting).toEqual([1, 2]);
  });

  it("does not count for a client that went away while it waited", async () => {
    const { hits, setReady, sent } = hitsByHand();
    setReady(false);
    const gone = hits.next(() => false).catch((error: unknown) => error);
    const next = hits.next();
    setReady(true);
    const call = await sent(0);
    expect(call.hits).toBe(1);
    call.answer(1);
    expect(await next).toBe(1);
    expect(await gone).toMatchObject({ reason: "gone" });
  });
});
