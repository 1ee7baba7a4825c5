import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { readCall } from "../../../counter/batch.ts";
import { histories } from "../../../counter/data.ts";
import { type By, readHistory, readPages } from "../../../counter/look.ts";
import { type ScriptCaller, startScriptCaller } from "../../support/scriptCaller.ts";

let caller: ScriptCaller;
beforeAll(async () => {
  caller = await startScriptCaller();
});
afterAll(() => caller?.close());
beforeEach(async () => {
  await caller.client.flushall();
});

const count = async () => Number(await caller.client.get("hits"));
const id = () => randomBytes(16).toString("hex");

describe("pages, in a real Redis", () => {
  const [a, b, c] = [{ page: "a" }, { page: "b" }, { page: "c" }];

  it("have numbers of their own, and each hit of one moves the total", async () => {
    expect(await caller.send("a", 1, [a, {}, b, a, {}])).toEqual([1, 4, 1, 2, 5]);
    expect(await caller.send("a", 1, [a, {}, b, a, {}])).toEqual([1, 4, 1, 2, 5]);
    expect(await caller.send("b", 1, [{}, a])).toEqual([7, 3]);
    expect((await caller.counts()).pages).toEqual({ a: 3, b: 1 });
  });

  it("are no more than there may be, and what is not counted moves nothing", async () => {
    expect(await caller.send("a", 1, [c, a, b, {}, b, c])).toEqual([1, 1, 0, 4, 0, 2]);
    expect(await caller.send("a", 2, [b], undefined, { maxPages: 3 })).toEqual([1]);
    expect(await caller.send("a", 3, [{ page: "d" }, b])).toEqual([0, 2]);
    expect(await caller.send("a", 1, [c, a, b, {}, b, c])).toEqual([1, 1, 0, 4, 0, 2]);
    expect(await caller.counts()).toMatchObject({ hits: 6, pages: { a: 1, b: 2, c: 2 } });
  });

  it("stay refused to a request that was, though there is room by the time that its first attempt comes", async () => {
    const late = { id: id(), ...c };
    expect(await caller.send("a", 1, [a, b, { ...late, retry: true }])).toEqual([1, 1, 0]);
    expect(await caller.send("late", 1, [late], undefined, { maxPages: 3 })).toEqual([0]);
    expect(await caller.send("b", 1, [c], undefined, { maxPages: 3 })).toEqual([1]);
  });

  it("give a marked retry the number that it has, whoever counted it and however late", async () => {
    const hits = [{ id: id() }, { id: id(), ...a }, { id: id(), ...b }, { id: id(), ...a }];
    expect(await caller.send("dead", 1, hits)).toEqual([4, 1, 1, 2]);
    const retried = hits.map((hit) => ({ ...hit, retry: true }));
    expect(await caller.send("b", 1, [...retried, a])).toEqual([4, 1, 1, 2, 3]);
    const late = { id: id(), ...b };
    expect(await caller.send("b", 2, [{ ...late, retry: true }])).toEqual([2]);
    expect(await caller.send("late", 1, [late, {}])).toEqual([2, 7]);
    expect((await caller.counts()).hits).toBe(7);
  });

  it("are told in parts, each page once while nothing changes", async () => {
    const keys = Array.from({ length: 2500 }, (_, index) => `page-${index}`);
    await caller.send("a", 1, [...keys.map((page) => ({ page })), { page: "page-7" }], undefined, {
      maxPages: 2500,
    });
    const seen = new Map<string, number>();
    let [cursor, parts]: [string | undefined, number] = ["0", 0];
    while (cursor !== undefined) {
      const look = ["pages", cursor] as const;
      const part = readPages(await caller.link.evaluate(readCall({ floor: 0, raiseFrom: 0 }, look)));
      for (const { page, hits } of part.pages) seen.set(page, hits);
      expect(part.hits).toBe(2501);
      cursor = part.cursor;
      parts += 1;
    }
    expect(parts).toBeGreaterThan(5);
    expect([...seen.keys()].sort()).toEqual([...keys].sort());
    expect(seen.get("page-7")).toBe(2);
  });

  it.each([
    ["a", 2, 2],
    ["b", 2, 0],
    ["b", 1, -1],
  ])("tell of %s, where there may be %i, %i", async (page, maxPages, number) => {
    await caller.send("a", 1, [a, a]);
    const answer = await caller.link.evaluate(readCall({ floor: 0, raiseFrom: 0 }, ["page", page, maxPages]));
    expect(answer).toEqual([2, number]);
  });
});

describe("the history, in a real Redis", () => {
  const limits = { floor: 0, raiseFrom: 0 };
  const look = async (by: By) => readHistory(by, await caller.link.evaluate(readCall(limits, [by])));
  const slotOf = async (by: By) =>
    Math.floor(Number((await caller.client.time())[0]) / histories[by].seconds);

  it.each(["hour", "day"] as const)(
    "dates each hit once by the %s, and what it can't is unattributed",
    async (by) => {
      const began = await slotOf(by);
      await caller.client.set("hits", 100);
      await caller.send("a", 1, [{}, { page: "a" }, {}]);
      await caller.send("a", 1, [{}, { page: "a" }, {}]);
      await caller.send("b", 1, [{}], { floor: 110, raiseFrom: 103 });
      const told = await look(by);
      expect(told).toMatchObject({ hits: 111, by, earlier: 0, unattributed: 107 });
      expect(told.counts.reduce((sum, { hits }) => sum + hits, 0)).toBe(4);
      const seconds = Date.parse(told.counts[0]?.from ?? "") / 1000;
      expect(seconds).toBeGreaterThanOrEqual(began * histories[by].seconds);
      expect(seconds).toBeLessThanOrEqual((await slotOf(by)) * histories[by].seconds);
    },
  );

  it.each(["hour", "day"] as const)("keeps so many %ss and adds up the earlier ones", async (by) => {
    const { key, kept } = histories[by];
    const now = await slotOf(by);
    // Two that are kept at the end of this test even if an hour begins meanwhile, and two that are not.
    const held = { [now - kept + 3]: 1, [now - 1]: 2, [now - kept]: 4, [now - 2 * kept]: 8, earlier: 16 };
    await caller.client.hset(key, held);
    await caller.client.set("hits", 31);
    const [before, total] = [await look(by), await caller.client.hlen(key)];
    expect(before).toMatchObject({ hits: 31, earlier: 28, unattributed: 0 });
    await caller.send("a", 1, [{}]);
    expect(await look(by)).toMatchObject({ hits: 32, earlier: 28, unattributed: 0 });
    expect(await caller.client.hlen(key)).toBe(total - 2 + 1);
  });

  it("costs no hit where it can't be written", async () => {
    await caller.client.set(histories.hour.key, "not a hash");
    expect(await caller.send("a", 1, [{}, {}])).toEqual([1, 2]);
    expect(await count()).toBe(2);
  });
});
