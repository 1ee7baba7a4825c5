import { describe, expect, it } from "@jest/globals";
import { redisHits } from "./hits.ts";
import type { Log } from "./logger.ts";
import { type RedisLink, Refused, Unsent } from "./redisLink.ts";

/** A link whose commands the test answers by hand. */
const handLink = () => {
  let ready = true;
  let becameReady = () => {};
  const calls: { hits: number; answer: (total: number) => void; fail: (error: Error) => void }[] = [];
  const call = (hits: number) =>
    new Promise<number>((answer, fail) => void calls.push({ hits, answer, fail }));
  const link: RedisLink = {
    isReady: () => ready,
    onReady: (callback) => {
      becameReady = callback;
    },
    add: call,
    total: () => call(0),
    close: () => {},
  };
  const setReady = (to: boolean) => {
    ready = to;
    if (to) {
      becameReady();
    }
  };
  return { link, calls, setReady };
};

const turn = () => new Promise((resolve) => setImmediate(resolve));
const silent: Log = () => {};

const setUp = (options: { patienceSeconds?: number; maxWaiting?: number } = {}) => {
  const { link, calls, setReady } = handLink();
  const hits = redisHits({ link, log: silent, patienceSeconds: 5, maxWaiting: 100, ...options });
  const sent = async (index: number) => {
    while (calls[index] === undefined) {
      await turn();
    }
    return calls[index];
  };
  return { hits, calls, sent, setReady };
};

describe("redisHits", () => {
  it("counts requests that wait together with one command and gives each its own number", async () => {
    const { hits, sent, calls } = setUp();
    const waiting = Promise.all([hits.next(), hits.total(), hits.next(), hits.next()]);
    const call = await sent(0);
    expect(call.hits).toBe(3);
    call.answer(10);
    expect(await waiting).toEqual([8, 10, 9, 10]);
    expect(calls).toHaveLength(1);
  });

  it("has one command in flight; what comes meanwhile is the next batch", async () => {
    const { hits, sent, calls } = setUp();
    const first = hits.next();
    const call = await sent(0);
    const later = Promise.all([hits.next(), hits.next()]);
    await turn();
    await turn();
    expect(calls).toHaveLength(1);
    call.answer(1);
    expect(await first).toBe(1);
    const second = await sent(1);
    expect(second.hits).toBe(2);
    second.answer(3);
    expect(await later).toEqual([2, 3]);
  });

  it("reads the total without counting", async () => {
    const { hits, sent } = setUp();
    const total = hits.total();
    const call = await sent(0);
    expect(call.hits).toBe(0);
    call.answer(42);
    expect(await total).toBe(42);
  });

  it("waits while Redis is away and counts when it is back", async () => {
    const { hits, sent, calls, setReady } = setUp();
    setReady(false);
    const next = hits.next();
    await turn();
    await turn();
    expect(calls).toHaveLength(0);
    setReady(true);
    (await sent(0)).answer(1);
    expect(await next).toBe(1);
  });

  it.each([
    ["was not sent", new Unsent("no connection")],
    ["was refused", new Refused("LOADING Redis is loading")],
  ])("sends a command again that %s", async (_case, error) => {
    const { hits, sent, setReady } = setUp();
    const next = hits.next();
    (await sent(0)).fail(error);
    setReady(true);
    const again = await sent(1);
    expect(again.hits).toBe(1);
    again.answer(1);
    expect(await next).toBe(1);
  });

  it("never sends a hit again whose answer was lost, but reads again", async () => {
    const { hits, sent } = setUp();
    const next = hits.next().catch((error: unknown) => error);
    const total = hits.total();
    (await sent(0)).fail(new Error("Connection is closed."));
    expect(await next).toMatchObject({ reason: "unsure" });
    const again = await sent(1);
    expect(again.hits).toBe(0);
    again.answer(7);
    expect(await total).toBe(7);
  });

  it("gives up after its patience, each request on its own time", async () => {
    const { hits, setReady } = setUp({ patienceSeconds: 0.1 });
    setReady(false);
    const began = performance.now();
    const first = hits.next().catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const second = hits.next().catch((error: unknown) => error);
    expect(await first).toMatchObject({ reason: "patience" });
    expect(performance.now() - began).toBeGreaterThanOrEqual(95);
    expect(hits.waiting()).toBe(1);
    expect(await second).toMatchObject({ reason: "patience" });
    expect(performance.now() - began).toBeGreaterThanOrEqual(145);
    expect(hits.waiting()).toBe(0);
  });

  it("lets only so many wait", async () => {
    const { hits, setReady, sent } = setUp({ maxWaiting: 2 });
    setReady(false);
    const waiting = Promise.all([hits.next(), hits.next()]);
    await expect(hits.next()).rejects.toMatchObject({ reason: "crowded" });
    setReady(true);
    (await sent(0)).answer(2);
    expect(await waiting).toEqual([1, 2]);
  });

  it("does not count for a client that went away while it waited", async () => {
    const { hits, setReady, sent } = setUp();
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
