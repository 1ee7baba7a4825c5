import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import type { ScriptCall } from "./batch.ts";
import { createFloor } from "./floor.ts";
import { type HitsOptions, redisHits } from "./hits.ts";
import type { Log } from "./logger.ts";
import { type RedisLink, Refused, Unsent } from "./redisLink.ts";

/** A link whose commands the test answers by hand. */
const handLink = () => {
  let ready = true;
  let becameReady = () => {};
  const calls: {
    call: ScriptCall;
    hits: number;
    answer: (...reply: number[]) => void;
    fail: (error: Error) => void;
  }[] = [];
  const link: RedisLink = {
    isReady: () => ready,
    onReady: (callback) => {
      becameReady = callback;
    },
    evaluate: (call) =>
      new Promise((resolve, fail) => {
        calls.push({ call, hits: Number(call.args[3] ?? 0), answer: (...reply) => resolve(reply), fail });
      }),
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

beforeEach(() => void jest.useFakeTimers({ doNotFake: ["nextTick", "queueMicrotask", "setImmediate"] }));
afterEach(() => void jest.useRealTimers());

const turn = () => new Promise((resolve) => setImmediate(resolve));
/** Lets so many milliseconds pass by the fake clock. */
const pass = async (milliseconds: number) => {
  await turn();
  jest.advanceTimersByTime(milliseconds);
  await turn();
};
/** Redis that has answered with an error is asked again after this long (ms). */
const AGAIN = 100;
const silent: Log = () => {};

const setUp = (options: Partial<HitsOptions> = {}) => {
  const { link, calls, setReady } = handLink();
  const hits = redisHits({
    link,
    log: silent,
    patienceSeconds: 5,
    maxWaiting: 100,
    floor: createFloor({ believed: () => 0, mayLoseSeconds: 0, now: () => performance.now() }),
    settleSeconds: 0,
    writer: "w",
    ...options,
  });
  const sent = async (index: number) => {
    for (let turns = 0; turns < 100; turns++) {
      if (calls[index] !== undefined) return calls[index];
      await turn();
    }
    throw new Error(`Redis was not called ${index + 1} times`);
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

  it("sends what waits before it hands out the answer, so that Redis works meanwhile", async () => {
    const { hits, sent, calls } = setUp();
    const sentByThen = hits.next().then(() => calls.length);
    const call = await sent(0);
    const later = hits.next();
    call.answer(1);
    expect(await sentByThen).toBe(2);
    (await sent(1)).answer(2);
    expect(await later).toBe(2);
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
    await pass(AGAIN);
    const again = await sent(1);
    expect(again.hits).toBe(1);
    again.answer(1);
    expect(await next).toBe(1);
  });

  it("sends a batch whose answer was lost again, just as it was, before any other", async () => {
    const { hits, sent } = setUp();
    const first = hits.next(undefined, { id: "ab".repeat(16) });
    const call = await sent(0);
    const later = hits.next();
    call.fail(new Error("Connection is closed."));
    const again = await sent(1);
    expect(again.call).toEqual(call.call);
    again.answer(7);
    expect(await first).toBe(7);
    const next = await sent(2);
    expect(next.call.args[2]).toBe(Number(call.call.args[2]) + 1);
    next.answer(8);
    expect(await later).toBe(8);
  });

  it("sends it again as it was even when a refusal came between", async () => {
    const { hits, sent } = setUp();
    let wanted = true;
    const first = hits.next(() => wanted);
    const call = await sent(0);
    wanted = false;
    call.fail(new Error("Connection is closed."));
    (await sent(1)).fail(new Refused("LOADING Redis is loading"));
    await pass(AGAIN);
    const again = await sent(2);
    expect(again.call).toEqual(call.call);
    again.answer(1);
    expect(await first).toBe(1);
  });

  it("drops a batch whose answer was lost once nobody waits for it, and never uses its number again", async () => {
    const { hits, sent, setReady } = setUp({ patienceSeconds: 0.1 });
    const first = hits.next().catch((error: unknown) => error);
    const call = await sent(0);
    setReady(false);
    call.fail(new Error("Connection is closed."));
    await pass(100);
    expect(await first).toMatchObject({ reason: "patience" });
    const later = hits.next();
    setReady(true);
    const next = await sent(1);
    expect(Number(next.call.args[2])).toBeGreaterThan(Number(call.call.args[2]));
    next.answer(2);
    expect(await later).toBe(2);
  });

  it("gives a hit that had a number that one, and the others theirs", async () => {
    const { hits, sent } = setUp();
    const marked = { id: "ab".repeat(16), retry: true };
    const waiting = Promise.all([hits.next(), hits.next(undefined, marked), hits.next()]);
    const call = await sent(0);
    expect(call.call.args.slice(3)).toEqual([
      3,
      Buffer.from(`${"00".repeat(16)}${marked.id}${"00".repeat(16)}`, "hex"),
      "2",
    ]);
    call.answer(12, 2, 5);
    expect(await waiting).toEqual([11, 5, 12]);
  });

  it("counts nothing in a dry run, but goes through all that a hit does", async () => {
    const { hits, sent } = setUp();
    const dryRun = hits.dryRun();
    const call = await sent(0);
    expect([call.call.keys.length, call.hits]).toEqual([2, 0]);
    call.answer(42);
    expect(await dryRun).toBe(42);
  });

  it("counts nothing while the count is below one it has seen, and says so", async () => {
    const { hits, sent, calls } = setUp({ patienceSeconds: 1 });
    const first = hits.next();
    (await sent(0)).answer(41_230);
    await first;
    let settled = false;
    const next = hits
      .next()
      .catch((error: unknown) => error)
      .finally(() => {
        settled = true;
      });
    let tries = 1;
    for (; !settled; tries++) {
      const call = await sent(tries);
      expect(call.call.args[0]).toBe(41_230);
      call.answer(-1, 0);
      await pass(AGAIN);
    }
    expect(tries).toBe(1 + 1000 / AGAIN);
    expect(await next).toMatchObject({
      reason: "lost",
      message: expect.stringMatching(/^The count has gone back from 41230 to 0:/),
    });
    expect(hits.goneBack()).toBe(true);
    const mended = hits.next();
    (await sent(calls.length)).answer(41_231);
    expect(await mended).toBe(41_231);
    expect(hits.goneBack()).toBe(false);
  });

  it("tells who asks for the count at once that it has gone back, passes dry runs, and lets hits wait", async () => {
    const { hits, sent } = setUp();
    const first = hits.next();
    (await sent(0)).answer(10);
    await first;
    const asked = hits.total().catch((error: unknown) => error);
    const dryRun = hits.dryRun();
    const next = hits.next();
    (await sent(1)).answer(-1, 3);
    expect(await asked).toMatchObject({ reason: "lost", goneBack: { from: 10, to: 3 } });
    expect(await dryRun).toBe(3);
    await pass(AGAIN);
    const again = await sent(2);
    expect(again.hits).toBe(1);
    again.answer(11);
    expect(await next).toBe(11);
  });

  it("where hits may be lost, tells Redis what it has seen as soon as it is back, and counts a while later", async () => {
    const logged: unknown[] = [];
    const log: Log = (_level, msg, fields) => void logged.push([msg, fields]);
    const floor = createFloor({ believed: () => 0, mayLoseSeconds: 3, now: () => performance.now() });
    const { hits, sent, calls, setReady } = setUp({ floor, settleSeconds: 0.3, log });
    const first = hits.next();
    (await sent(0)).answer(10);
    await first;
    setReady(false);
    const next = hits.next();
    setReady(true);
    const told = await sent(1);
    expect(told.call).toMatchObject({ keys: ["hits"], args: [10, 10] });
    told.answer(10, 4);
    await pass(299);
    expect(calls).toHaveLength(2);
    await pass(1);
    const call = await sent(2);
    expect(call.hits).toBe(1);
    call.answer(11);
    expect(await next).toBe(11);
    expect(logged).toEqual([
      ["Redis had lost hits, and the count was raised again", { raisedBy: 4, to: 10 }],
    ]);
  });

  it("tells how long requests waited, and how long the first one has now", async () => {
    const waits: number[] = [];
    const { hits, sent, setReady } = setUp({ onWaited: (seconds) => void waits.push(seconds) });
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
    const { hits, setReady } = setUp({ patienceSeconds: 0.4 });
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
