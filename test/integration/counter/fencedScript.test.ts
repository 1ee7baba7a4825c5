import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { batchCall, type Hit, readAnswer, readCall, type ScriptCall } from "../../../counter/batch.ts";
import { type RedisLink, Refused, Unconfirmed } from "../../../counter/link.ts";
import { connectRedis } from "../../../counter/redisLink.ts";
import { confirmed } from "../../../counter/redisOfThree/confirmation.ts";
import { type Connection, connectToCopy } from "../../../counter/redisOfThree/connection.ts";
import { readTerm, type Term } from "../../../counter/redisOfThree/primary.ts";
import { earlierScript } from "../../support/earlierScript.ts";
import { redisEngines } from "../../support/redisServer.ts";
import { PODS, type Pod, startThreeCopies, type ThreeCopies } from "../../support/threeCopies.ts";
import { until } from "../../support/until.ts";

let copies: ThreeCopies;
const cleanups: (() => void)[] = [];

const connect = (pod: Pod): Connection => {
  const { port } = copies.servers[pod];
  const connection = connectToCopy({ host: "127.0.0.1", port }, undefined, 5_000);
  cleanups.push(connection.close);
  return connection;
};
const term = (text: string): Term => readTerm(text) ?? { text, number: 0, pod: "" };
const current = term("8 redis-0");
const primary = copyOf("redis-0");

/** What a client does over connections of its own, one after the other. */
function copyOf(pod: Pod) {
  let connection: Connection | undefined;
  return {
    async look() {
      connection?.close();
      connection = connect(pod);
      return await connection.look();
    },
    async write(call: ScriptCall, inTerm = current) {
      return await (connection ?? connect(pod)).write(call, inTerm);
    },
  };
}
const judged = async (call: ScriptCall, inTerm = current) =>
  confirmed(call, await primary.write(call, inTerm), inTerm);

const anyCount = { floor: 0, raiseFrom: 0 };
const batch = (seq: number, hits: readonly Hit[] = [{}], limits = anyCount) =>
  batchCall({ writer: "w", seq }, hits, limits, 2);
const heldBy = async (pod: Pod, key: string) => await copies.clients[pod].get(key);
const position = async () => Number(await heldBy("redis-0", "pos"));

describe.each(redisEngines)("the script in a term, in %s,", (engine) => {
  beforeAll(async () => {
    copies = await startThreeCopies(engine);
  });
  afterAll(async () => {
    for (const cleanup of cleanups.splice(0)) cleanup();
    await copies?.remove();
  });
  beforeEach(async () => {
    await copies.clients["redis-0"].del("hits", ...(await copies.clients["redis-0"].keys("writer:*")));
    await primary.look();
  });

  it("tells what each copy is, and whom it follows", async () => {
    const held = { term: "8 redis-0", fence: "8" };
    const follows = { host: "127.0.0.1", port: copies.servers["redis-0"].port };
    expect(await primary.look()).toEqual({ role: "master", ...held });
    expect(await copyOf("redis-1").look()).toEqual({ role: "slave", ...held, follows });
  });

  it.each<[string, ScriptCall]>([
    ["a batch", batch(1)],
    ["a batch again", batch(1)],
    ["a dry run", batch(2, [])],
    ["a read", readCall(anyCount)],
    ["a look", readCall(anyCount, ["hour"])],
    ["a count that has gone back", batch(3, [{}], { floor: 1000, raiseFrom: 1000 })],
    ["a read of one that has", readCall({ floor: 1000, raiseFrom: 1000 })],
  ])("moves on by one call, and is confirmed: %s", async (_case, call) => {
    const before = await position();
    await judged(call);
    expect(await position()).toBe(before + 1);
  });

  it.each<[string, Term]>([
    ["of an earlier term", term("0 redis-0")],
    ["of a later term", term("16 redis-0")],
    ["of another pod's", term("8 redis-1")],
  ])("refuses who is %s, and changes nothing", async (_case, other) => {
    const before = await position();
    await expect(judged(batch(1), other)).rejects.toEqual(new Refused("FENCED another term has begun"));
    expect([await position(), await heldBy("redis-0", "hits")]).toEqual([before, null]);
  });

  it("refuses where a later term is heard of, and where a copy takes no writes", async () => {
    await copies.clients["redis-0"].set("fence", 16);
    await expect(judged(batch(1))).rejects.toThrow(/^FENCED/);
    await copies.clients["redis-0"].set("fence", 8);
    const follower = copyOf("redis-1");
    await follower.look();
    await copies.untilFollowed("redis-0", 2);
    const { script } = await follower.write(batch(1));
    expect(String(script)).toMatch(/READONLY/);
  });

  it("answers a batch that a counter of one Redis has sent, of this version or of the one before, and back", async () => {
    const link: RedisLink = connectRedis({
      host: "127.0.0.1",
      port: copies.servers["redis-0"].port,
      readCredentials: () => undefined,
      answerSeconds: 60,
      log: () => {},
      random: Math.random,
    });
    cleanups.push(link.close);
    await until("connected", link.isReady);
    const earlier = (call: ScriptCall) => ({
      ...call,
      script: { ...earlierScript, fenced: earlierScript },
      args: call.args.slice(0, 6),
    });
    const senders = [judged, link.evaluate, (call: ScriptCall) => link.evaluate(earlier(call))];
    for (const [index, first] of senders.entries()) {
      const named = { id: `${index}${index + 1}`.repeat(16) };
      const sent = batch(10 * index, [named, {}]);
      const answer = await first(sent);
      for (const again of senders) expect(await again(sent)).toEqual(answer);
      // A marked retry gets the number that it had, by whomever.
      const number = 2 * index + 1;
      for (const [place, retry] of senders.entries()) {
        const call = batch(10 * index + place + 1, [{ ...named, retry: true }]);
        expect(readAnswer(await retry(call), 1)).toMatchObject({ total: number + 1 });
        expect(await retry(call)).toEqual([number + 1, 1, number]);
      }
    }
    expect(await heldBy("redis-0", "hits")).toBe("6");
  });

  it("is not confirmed by an earlier write when a batch that is known comes over a new connection", async () => {
    await judged(batch(1));
    await Promise.all(PODS.slice(1).map((pod) => copies.servers[pod].pause()));
    try {
      await primary.look();
      const written = await primary.write(batch(1));
      expect(written).toMatchObject({ script: [1], disks: [1, 0] });
      expect(() => confirmed(batch(1), written, current)).toThrow(Unconfirmed);
    } finally {
      await Promise.all(PODS.slice(1).map((pod) => copies.servers[pod].resume()));
    }
    await copies.untilFollowed("redis-0", 1);
    await primary.look();
    expect(await judged(batch(1))).toEqual([1]);
  });

  it("asks for a memory before a disk, so that a call is confirmed in far less than a second", async () => {
    await copies.untilFollowed("redis-0", 2);
    const took: number[] = [];
    for (let seq = 10; seq < 40; seq++) {
      const since = performance.now();
      await judged(batch(seq));
      took.push(performance.now() - since);
    }
    took.sort((one, other) => one - other);
    expect(took[15]).toBeLessThan(200);
  });
});
