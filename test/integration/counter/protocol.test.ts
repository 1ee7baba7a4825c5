import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { Redis } from "ioredis";
import { batchCall, type Hit, readAnswer, readCall } from "../../../counter/batch.ts";
import { connectRedis, type RedisLink } from "../../../counter/redisLink.ts";
import { RING } from "../../../counter/script.ts";
import { type RedisServer, startRedisServer } from "../../support/redisServer.ts";
import { sizeOf } from "../../support/size.ts";
import { until } from "../../support/until.ts";

let redis: RedisServer;
let link: RedisLink;
let client: Redis;

beforeAll(async () => {
  redis = await startRedisServer({ durability: "everysec" });
  const options = { host: "127.0.0.1", port: redis.port, readPassword: () => undefined, answerSeconds: 60 };
  client = new Redis({ port: redis.port });
  link = connectRedis({ ...options, log: () => {}, random: Math.random });
  await until("connected", link.isReady);
});
afterAll(async () => {
  link?.close();
  client?.disconnect();
  await redis?.remove();
});
beforeEach(async () => {
  await client.flushall();
});

const count = async () => Number(await client.get("hits"));
const id = () => randomBytes(16).toString("hex");

/** Sends a batch and returns each hit's number. */
const send = async (
  writer: string,
  seq: number,
  hits: readonly Hit[],
  limits = { floor: 0, raiseFrom: 0 },
) => {
  const answer = readAnswer(await link.evaluate(batchCall(writer, seq, hits, limits)), hits.length);
  if ("goneBack" in answer) return answer;
  return hits.map((_hit, index) => answer.numberAt(index + 1));
};

describe("the script, in a real Redis", () => {
  it("answers a repeated batch as before and counts it once", async () => {
    expect(await send("a", 1, [{}, {}])).toEqual([1, 2]);
    expect(await send("b", 1, [{}])).toEqual([3]);
    expect(await send("a", 1, [{}, {}])).toEqual([1, 2]);
    expect(await count()).toBe(3);
  });

  it("refuses a late copy of a batch whose place has been taken", async () => {
    await send("a", 1, [{}]);
    await send("a", 1 + RING, [{}]);
    await expect(send("a", 1, [{}])).rejects.toThrow("STALE");
    expect(await count()).toBe(2);
  });

  it("gives a marked retry the number that another writer's batch has given it", async () => {
    const hits = [{ id: id() }, { id: id() }, { id: id() }];
    expect(await send("dead", 1, hits)).toEqual([1, 2, 3]);
    expect(await send("b", 1, [{}, { ...hits[1], retry: true }, {}])).toEqual([4, 2, 5]);
    expect(await count()).toBe(5);
  });

  it("counts a marked retry that was not counted, and then not its first attempt that comes late", async () => {
    const hit = { id: id() };
    expect(await send("b", 1, [{ ...hit, retry: true }])).toEqual([1]);
    expect(await send("late", 1, [{}, hit])).toEqual([2, 1]);
    expect(await send("late", 1, [{}, hit])).toEqual([2, 1]);
    expect(await count()).toBe(2);
  });

  it("counts an id once that comes twice in one batch", async () => {
    const hit = { id: id() };
    expect(await send("a", 1, [{ id: id() }, hit, { ...hit, retry: true }, {}])).toEqual([1, 2, 2, 3]);
    expect(await count()).toBe(3);
  });

  it("finds an id only where one begins", async () => {
    const [first, second] = [id(), id()];
    await send("a", 1, [{ id: first }, { id: second }]);
    const across = first.slice(8) + second.slice(0, 8);
    expect(await send("b", 1, [{ id: across, retry: true }])).toEqual([3]);
  });

  it("does nothing below the floor", async () => {
    await send("a", 1, [{}]);
    const limits = { floor: 41_230, raiseFrom: 2 };
    expect(await send("a", 2, [{}], limits)).toEqual({ goneBack: 1 });
    expect(await link.evaluate(readCall(limits))).toEqual([-1, 1]);
    expect(await count()).toBe(1);
  });

  it("raises a count to the floor that is not too far below it, before it counts", async () => {
    await client.set("hits", 41_000);
    const limits = { floor: 41_230, raiseFrom: 41_000 };
    expect(await send("a", 1, [{}, {}], limits)).toEqual([41_231, 41_232]);
    await client.set("hits", 41_000);
    expect(await link.evaluate(readCall(limits))).toEqual([41_230, 230]);
    expect(await link.evaluate(readCall(limits))).toEqual([41_230, 0]);
    expect(await count()).toBe(41_230);
  });

  it("changes nothing when the key does not hold a count", async () => {
    await client.set("hits", "many");
    await expect(send("a", 1, [{}])).rejects.toThrow("does not hold a count");
    expect(await client.keys("*")).toEqual(["hits"]);
  });

  it("forgets every batch and every retry in time", async () => {
    const began = performance.now();
    await send("a", 1, [{ id: id(), retry: true }]);
    for (const key of ["writer:a:1", "retried"]) {
      const left = await client.pttl(key);
      expect(left).toBeLessThanOrEqual(600_000);
      expect(left).toBeGreaterThan(600_000 - Math.ceil(performance.now() - began) - 10); // by another clock
    }
  });

  it("counts each request once, whatever is lost, repeated, late or retried", async () => {
    // A request's ways: by how many tries; whether an answer comes back; when a copy of its batch arrives again.
    const step = fc.record({
      writer: fc.nat(2),
      fresh: fc.nat(4),
      retries: fc.nat(2),
      lost: fc.boolean(),
      restart: fc.boolean(),
      replay: fc.option(fc.nat(3)),
    });
    const runs = sizeOf("PROTOCOL_WALKS", { test: 60, soak: 2000 });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        await client.flushall();
        const writers = [0, 1, 2].map(() => ({ name: id(), seq: 0 }));
        const given = new Map<string, number>();
        const sent: { writer: string; seq: number; hits: Hit[]; numbers?: number[] }[] = [];
        const unanswered: string[] = [];
        const all = new Set<string>();
        const note = (hits: Hit[], numbers: number[]) => {
          for (const [index, hit] of hits.entries()) {
            const [name, number = 0] = [hit.id ?? "", numbers[index]];
            expect(given.get(name) ?? number).toBe(number);
            given.set(name, number);
          }
        };
        for (const { writer: which, fresh, retries, lost, restart, replay } of steps) {
          if (replay !== null && sent.length > replay) {
            const old = sent[sent.length - 1 - replay];
            if (old) note(old.hits, (await send(old.writer, old.seq, old.hits)) as number[]);
          }
          const writer = writers[which] ?? { name: "", seq: 0 };
          if (restart) Object.assign(writer, { name: id(), seq: 0 });
          const retried = unanswered.splice(0, retries).map((name) => ({ id: name, retry: true }));
          const hits: Hit[] = [...retried, ...Array.from({ length: fresh }, () => ({ id: id() }))];
          for (const hit of hits) all.add(hit.id ?? "");
          writer.seq += 1;
          const numbers = (await send(writer.name, writer.seq, hits)) as number[];
          sent.push({ writer: writer.name, seq: writer.seq, hits });
          if (lost) unanswered.push(...hits.map((hit) => hit.id ?? ""));
          else note(hits, numbers);
        }
        expect(await count()).toBe(all.size);
        expect(new Set(given.values()).size).toBe(given.size);
      }),
      { numRuns: runs },
    );
  });
});
