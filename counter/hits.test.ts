import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { hitsByHand } from "./testing/handLink.ts";

beforeEach(() => void jest.useFakeTimers({ doNotFake: ["nextTick", "queueMicrotask", "setImmediate"] }));
afterEach(() => void jest.useRealTimers());

describe("redisHits", () => {
  it("counts requests that wait together with one command and gives each its own number", async () => {
    const { hits, sent, calls } = hitsByHand();
    const waiting = Promise.all([hits.next(), hits.total(), hits.next(), hits.next()]);
    const call = await sent(0);
    expect(call.hits).toBe(3);
    call.answer(10);
    expect(await waiting).toEqual([8, 10, 9, 10]);
    expect(calls).toHaveLength(1);
  });

  it("reads the total without counting", async () => {
    const { hits, sent } = hitsByHand();
    const total = hits.total();
    const call = await sent(0);
    expect(call.hits).toBe(0);
    call.answer(42);
    expect(await total).toBe(42);
  });

  it("counts hits of pages in the same batch, and gives them their pages' numbers", async () => {
    const { hits, sent } = hitsByHand();
    const waiting = Promise.all([
      hits.next(),
      hits.next(undefined, { page: "a" }),
      hits.next(undefined, { page: "b" }),
      hits.next(),
    ]);
    const { call, answer } = await sent(0);
    expect(call.args.slice(3)).toEqual([4, "", "", 5, "2 a 3 b "]);
    answer(12, 2, 7, 3, 0);
    expect(await waiting).toEqual([11, 7, 0, 12]);
  });

  it("looks by one call for all who look at the same, and lets no look part the hits around it", async () => {
    const { hits, sent, calls } = hitsByHand();
    const first = [hits.next(), hits.history("day"), hits.next(), hits.page("a"), hits.history("day")];
    const batch = await sent(0);
    expect(batch.hits).toBe(2);
    batch.answer(5);
    const day = await sent(1);
    expect(day.call.args.slice(2)).toEqual(["day"]);
    const later = hits.next();
    day.answer(5, 86_400 * 800, "799", 1, "earlier", 1, "800", 2);
    const counts = [
      { from: "1972-03-10T00:00:00.000Z", hits: 1 },
      { from: "1972-03-11T00:00:00.000Z", hits: 2 },
    ];
    const page = await sent(2);
    expect(page.call.args.slice(2)).toEqual(["page", "a", 5]);
    page.answer(5, -1);
    (await sent(3)).answer(6);
    const told = { hits: 5, by: "day", counts, earlier: 1, unattributed: 1 };
    expect(await Promise.all(first)).toEqual([4, told, 5, undefined, told]);
    expect(await later).toBe(6);
    expect(calls).toHaveLength(4);
  });

  it("goes on with those who look when all the others who waited have left", async () => {
    const { hits, sent, setReady } = hitsByHand();
    setReady(false);
    const gone = hits.next(() => false).catch((error: unknown) => error);
    const pages = hits.pages();
    setReady(true);
    (await sent(0)).answer(3, "9", "a", 2);
    expect(await pages).toEqual({ hits: 3, pages: [{ page: "a", hits: 2 }], cursor: "9" });
    expect(await gone).toMatchObject({ reason: "gone" });
  });

  it("gives a hit that had a number that one, and the others theirs", async () => {
    const { hits, sent } = hitsByHand();
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
    const { hits, sent } = hitsByHand();
    const dryRun = hits.dryRun();
    const call = await sent(0);
    expect([call.call.keys.length, call.hits]).toEqual([2, 0]);
    call.answer(42);
    expect(await dryRun).toBe(42);
  });
});
