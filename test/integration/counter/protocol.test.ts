import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { type Hit, readCall, type Sightings } from "../../../counter/batch.ts";
import { RING, visitorData } from "../../../counter/data.ts";
import { type ScriptCaller, startScriptCaller } from "../../support/scriptCaller.ts";
import { sizeOf } from "../../support/size.ts";

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

describe("the script, in a real Redis", () => {
  it("answers a repeated batch as before and counts it once", async () => {
    expect(await caller.send("a", 1, [{}, {}])).toEqual([1, 2]);
    expect(await caller.send("b", 1, [{}])).toEqual([3]);
    expect(await caller.send("a", 1, [{}, {}])).toEqual([1, 2]);
    expect(await count()).toBe(3);
  });

  it("refuses a late copy of a batch whose place has been taken", async () => {
    await caller.send("a", 1, [{}]);
    await caller.send("a", 1 + RING, [{}]);
    await expect(caller.send("a", 1, [{}])).rejects.toThrow("STALE");
    expect(await count()).toBe(2);
  });

  it("gives a marked retry the number that another writer's batch has given it", async () => {
    const hits = [{ id: id() }, { id: id() }, { id: id() }];
    expect(await caller.send("dead", 1, hits)).toEqual([1, 2, 3]);
    expect(await caller.send("b", 1, [{}, { ...hits[1], retry: true }, {}])).toEqual([4, 2, 5]);
    expect(await count()).toBe(5);
  });

  it("counts a marked retry that was not counted, and then not its first attempt that comes late", async () => {
    const hit = { id: id() };
    expect(await caller.send("b", 1, [{ ...hit, retry: true }])).toEqual([1]);
    expect(await caller.send("late", 1, [{}, hit])).toEqual([2, 1]);
    expect(await caller.send("late", 1, [{}, hit])).toEqual([2, 1]);
    expect(await count()).toBe(2);
  });

  it("counts an id once that comes twice in one batch", async () => {
    const hit = { id: id() };
    expect(await caller.send("a", 1, [{ id: id() }, hit, { ...hit, retry: true }, {}])).toEqual([1, 2, 2, 3]);
    expect(await count()).toBe(3);
  });

  it("finds an id only where one begins", async () => {
    const [first, second] = [id(), id()];
    await caller.send("a", 1, [{ id: first }, { id: second }]);
    const across = first.slice(8) + second.slice(0, 8);
    expect(await caller.send("b", 1, [{ id: across, retry: true }])).toEqual([3]);
  });

  it("does nothing below the floor", async () => {
    await caller.send("a", 1, [{}]);
    const limits = { floor: 41_230, raiseFrom: 2 };
    expect(await caller.send("a", 2, [{}], limits)).toEqual({ goneBack: 1 });
    expect(await caller.link.evaluate(readCall(limits))).toEqual([-1, 1]);
    expect(await count()).toBe(1);
  });

  it("raises a count to the floor that is not too far below it, before it counts", async () => {
    await caller.client.set("hits", 41_000);
    const limits = { floor: 41_230, raiseFrom: 41_000 };
    expect(await caller.send("a", 1, [{}, {}], limits)).toEqual([41_231, 41_232]);
    await caller.client.set("hits", 41_000);
    expect(await caller.link.evaluate(readCall(limits))).toEqual([41_230, 230]);
    expect(await caller.link.evaluate(readCall(limits))).toEqual([41_230, 0]);
    expect(await count()).toBe(41_230);
  });

  it("changes nothing when the key does not hold a count", async () => {
    await caller.client.set("hits", "many");
    await expect(caller.send("a", 1, [{}])).rejects.toThrow("does not hold a count");
    expect(await caller.client.keys("*")).toEqual(["hits"]);
  });

  it("forgets every batch and every retry in time", async () => {
    const began = performance.now();
    await caller.send("a", 1, [{ id: id(), retry: true }]);
    for (const key of ["writer:a:1", "retried"]) {
      const left = await caller.client.pttl(key);
      expect(left).toBeLessThanOrEqual(600_000);
      expect(left).toBeGreaterThan(600_000 - Math.ceil(performance.now() - began) - 10); // by another clock
    }
  });

  it("moves the position with every call that it answers, and keeps the highest count that a caller was told", async () => {
    const limits = { floor: 2, raiseFrom: 2 };
    await caller.send("a", 1, [{}, {}]);
    await caller.send("a", 1, [{}, {}]);
    await caller.link.evaluate(readCall(limits));
    await caller.link.evaluate(readCall({ floor: 1, raiseFrom: 1 }, ["day"]));
    await caller.send("a", 2, [], limits);
    expect(await caller.client.mget("pos", "confirmed")).toEqual(["5", "2"]);
    await caller.send("a", 3, [{}], { floor: 41_230, raiseFrom: 41_230 });
    expect(await caller.client.mget("pos", "confirmed")).toEqual(["5", "2"]);
  });
});

describe("the scripts of two versions side by side, in a real Redis", () => {
  it("counts each request once, whatever is lost, repeated, late or retried", async () => {
    // A request's ways: of which page and by which version; by how many tries; whether an answer comes back; when a copy of its batch arrives again.
    const step = fc.record({
      writer: fc.nat(2),
      fresh: fc.array(fc.constantFrom(undefined, undefined, "a", "b", "c"), { maxLength: 4 }),
      retries: fc.nat(2),
      lost: fc.boolean(),
      restart: fc.boolean(),
      isEarlier: fc.boolean(),
      replay: fc.option(fc.nat(3)),
      places: fc.array(fc.tuple(fc.nat(5), fc.integer({ min: 1, max: 51 })), { maxLength: 4 }),
    });
    // The day that is open, whatever day it is.
    const day = 20_000;
    const runs = sizeOf("PROTOCOL_WALKS", { test: 60, soak: 2000 });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        await caller.client.flushall();
        await caller.client.hset(visitorData.days, visitorData.open, day);
        const highest = [0, 0, 0, 0, 0, 0];
        const writers = [0, 1, 2].map(() => ({ name: id(), seq: 0, isEarlier: false }));
        const given = new Map<string, number>();
        const sent: { writer: string; seq: number; hits: Hit[]; isEarlier: boolean; sightings: Sightings }[] =
          [];
        const unanswered: Hit[] = [];
        /** Each request, by its id: of which page it is, if of any; by which version it was counted, if at all. */
        const all = new Map<string, { page: string | undefined; isEarlier: boolean; isCounted: boolean }>();
        const note = (hits: Hit[], numbers: number[]) => {
          for (const [index, hit] of hits.entries()) {
            const [name, number = 0] = [hit.id ?? "", numbers[index]];
            expect(given.get(name) ?? number).toBe(number);
            given.set(name, number);
          }
        };
        for (const { writer: which, fresh, retries, lost, restart, isEarlier, replay, places } of steps) {
          const old = replay === null ? undefined : sent[sent.length - 1 - replay];
          if (old)
            note(old.hits, (await caller.send(old.writer, old.seq, old.hits, undefined, old)) as number[]);
          const writer = writers[which] ?? { name: "", seq: 0, isEarlier: false };
          if (restart) Object.assign(writer, { name: id(), seq: 0, isEarlier });
          // An earlier version answers a page's path with 404, and counts nothing.
          const takes = ({ page }: Hit) => page === undefined || !writer.isEarlier;
          const retried = unanswered.splice(0, retries).map((hit) => ({ ...hit, retry: true }));
          const hits: Hit[] = [...retried, ...fresh.map((page) => ({ id: id(), page }))].filter(takes);
          writer.seq += 1;
          const sightings = { day, places: places.map((place) => `${place.join(" ")} `).join("") };
          const version = { ...writer, sightings };
          const numbers = (await caller.send(writer.name, writer.seq, hits, undefined, version)) as number[];
          for (const [register, rank] of writer.isEarlier ? [] : places) {
            highest[register] = Math.max(highest[register] ?? 0, rank);
          }
          for (const [index, hit] of hits.entries()) {
            const isCounted = numbers[index] !== 0;
            const known = all.get(hit.id ?? "");
            if (known === undefined) {
              all.set(hit.id ?? "", { page: hit.page, isEarlier: writer.isEarlier, isCounted });
            } else {
              expect(isCounted).toBe(known.isCounted);
            }
          }
          sent.push({ writer: writer.name, seq: writer.seq, hits, isEarlier: writer.isEarlier, sightings });
          if (lost) unanswered.push(...hits);
          else note(hits, numbers);
        }
        const counted = [...all.values()].filter(({ isCounted }) => isCounted);
        const { hits, pages, unattributed } = await caller.counts();
        expect(hits).toBe(counted.length);
        for (const page of ["a", "b", "c"]) {
          expect(pages[page] ?? 0).toBe(counted.filter((each) => each.page === page).length);
        }
        const registers = [...((await caller.client.getBuffer(visitorData.registers)) ?? [])];
        expect(highest.map((_, register) => registers[register] ?? 0)).toEqual(highest);
        const undated = counted.filter((each) => each.isEarlier).length;
        expect(unattributed).toEqual({ hour: undated, day: undated });
        const numbers = [...given].filter(([, number]) => number > 0);
        const once = new Set(numbers.map(([name, number]) => `${all.get(name)?.page} ${number}`));
        expect(once.size).toBe(numbers.length);
      }),
      { numRuns: runs },
    );
  });
});
