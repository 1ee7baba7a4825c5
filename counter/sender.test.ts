import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import type { Hit } from "./batch.ts";
import { createFloor } from "./floor.ts";
import { Refused, Unconfirmed, Unsent } from "./link.ts";
import type { Log } from "./logger.ts";
import { AGAIN, hitsByHand, pass, turn } from "./testing/handLink.ts";

beforeEach(() => void jest.useFakeTimers({ doNotFake: ["nextTick", "queueMicrotask", "setImmediate"] }));
afterEach(() => void jest.useRealTimers());

describe("what is told of visitors", () => {
  const told = (args: readonly unknown[] = []) => args.slice(6);
  const setUp = () => {
    const forgotten = { times: 0 };
    const visitors = {
      sightings: (all: readonly Hit[]) => ({ day: 20_000, places: `${all.map(({ address }) => address)}` }),
      forget: () => {
        forgotten.times += 1;
      },
    };
    return { forgotten, ...hitsByHand({ visitors }) };
  };

  it("goes with their hits, whether a page is among them or not", async () => {
    const { hits, sent, forgotten } = setUp();
    const all = [hits.next(undefined, { address: "a" }), hits.next(undefined, { address: "b" })];
    const first = await sent(0);
    expect(told(first.call.args)).toEqual([5, "", 20_000, "a,b"]);
    all.push(hits.next(undefined, { address: "c", page: "x" }));
    first.answer(2);
    const second = await sent(1);
    expect(told(second.call.args)).toEqual([5, "1 x ", 20_000, "c"]);
    second.answer(3, 1, 1);
    await Promise.all(all);
    expect(forgotten.times).toBe(0);
  });

  it("is forgotten where it may not have been heard, or Redis may have lost it", async () => {
    const { hits, sent, setReady, forgotten } = setUp();
    const next = hits.next();
    (await sent(0)).fail(new Refused("LOADING Redis is loading"));
    await pass(AGAIN);
    const again = await sent(1);
    expect(forgotten.times).toBe(1);
    again.fail(new Error("the connection broke"));
    await turn();
    expect(forgotten.times).toBe(2);
    setReady(true);
    expect(forgotten.times).toBe(3);
    (await sent(2)).answer(1);
    await next;
    const lost = hits.next();
    (await sent(3)).answer(-1, 0);
    await turn();
    expect(forgotten.times).toBe(4);
    await pass(AGAIN);
    (await sent(4)).answer(2);
    await lost;
  });
});

describe("what goes to Redis", () => {
  it("has one command in flight; what comes meanwhile is the next batch", async () => {
    const { hits, sent, calls } = hitsByHand();
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
    const { hits, sent, calls } = hitsByHand();
    const sentByThen = hits.next().then(() => calls.length);
    const call = await sent(0);
    const later = hits.next();
    call.answer(1);
    expect(await sentByThen).toBe(2);
    (await sent(1)).answer(2);
    expect(await later).toBe(2);
  });

  it("waits while Redis is away and counts when it is back", async () => {
    const { hits, sent, calls, setReady } = hitsByHand();
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
    const { hits, sent, setReady } = hitsByHand();
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
    const { hits, sent } = hitsByHand();
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

  it("sends a batch again, just as it was, that was not confirmed, and leaves it to the link to log that", async () => {
    const logged: string[] = [];
    let unsure = 0;
    const onUnsure = () => {
      unsure += 1;
    };
    const { hits, sent, setReady } = hitsByHand({ log: (_level, msg) => void logged.push(msg), onUnsure });
    let wanted = true;
    const first = hits.next(() => wanted);
    const call = await sent(0);
    setReady(false);
    call.fail(new Unconfirmed("On 1 and 0 disks"));
    wanted = false;
    setReady(true);
    const again = await sent(1);
    expect(again.call).toEqual(call.call);
    again.answer(1);
    expect(await first).toBe(1);
    expect(unsure).toBe(1);
    expect(logged).toEqual([]);
  });

  it("sends it again as it was even when a refusal came between", async () => {
    const { hits, sent } = hitsByHand();
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
    const { hits, sent, setReady } = hitsByHand({ patienceSeconds: 0.1 });
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

  it("counts nothing while the count is below one it has seen, and says so", async () => {
    const { hits, sent, calls } = hitsByHand({ patienceSeconds: 1 });
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
    const { hits, sent } = hitsByHand();
    const first = hits.next();
    (await sent(0)).answer(10);
    await first;
    const asked = hits.total().catch((error: unknown) => error);
    const looked = hits.history("hour").catch((error: unknown) => error);
    const dryRun = hits.dryRun();
    const next = hits.next();
    (await sent(1)).answer(-1, 3);
    expect(await asked).toMatchObject({ reason: "lost", goneBack: { from: 10, to: 3 } });
    expect(await dryRun).toBe(3);
    await pass(AGAIN);
    const again = await sent(2);
    expect(again.hits).toBe(1);
    again.answer(11);
    expect(await looked).toMatchObject({ reason: "lost" });
    expect(await next).toBe(11);
  });

  it("where hits may be lost, tells Redis what it has seen as soon as it is back, and counts a while later", async () => {
    const logged: unknown[] = [];
    const log: Log = (_level, msg, fields) => void logged.push([msg, fields]);
    const floor = createFloor({ believed: () => 0, mayLoseSeconds: 3, now: () => performance.now() });
    const { hits, sent, calls, setReady } = hitsByHand({ floor, settleSeconds: 0.3, log });
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

  it("where hits may be lost, knows in its first second too what the count was before", async () => {
    const floor = createFloor({ believed: () => 0, mayLoseSeconds: 3, now: () => performance.now() });
    const { hits, sent, setReady } = hitsByHand({ floor, settleSeconds: 0.3 });
    setReady(false);
    const first = hits.next();
    setReady(true);
    (await sent(0)).answer(7, 0);
    await pass(300);
    (await sent(1)).answer(8);
    await first;
    void hits.next();
    expect((await sent(2)).call.args.slice(0, 2)).toEqual([8, 7]);
  });
});
