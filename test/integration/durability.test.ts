import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "@jest/globals";
import { startCounterOnPort } from "../support/counters.ts";
import { tell } from "../support/findings.ts";
import { randomFrom } from "../support/random.ts";
import { startRedisServer } from "../support/redisServer.ts";
import { sizeOf } from "../support/size.ts";
import { noteSyncs } from "../support/unsyncedWrites.ts";
import { failuresInWords, judge, startVisitors } from "../support/visitors.ts";

// Redis is killed, and what it had not fsynced is thrown away: as when its machine loses power.
const kills = sizeOf("DURABILITY_KILLS", { test: 8, soak: 100 });
const seed = Number(process.env.DURABILITY_SEED ?? Date.now() % 1_000_000);
const VISITS_A_SECOND = 200;

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}, 60_000);

/** Counts while Redis loses power so many times, every other time in the middle of rewriting its file. */
const losePower = async (durability: "always" | "everysec", times: number) => {
  const random = randomFrom(seed);
  const writes = await noteSyncs();
  cleanups.push(writes.remove);
  const { mounts, env } = writes;
  const redis = await startRedisServer({ durability, password: true, mounts, env });
  cleanups.push(redis.remove);
  const counter = await startCounterOnPort(redis.env);
  cleanups.push(() => counter.end("SIGKILL"));
  const visitors = startVisitors(`http://127.0.0.1:${counter.port}/`, VISITS_A_SECOND);
  let thrownAway = 0;
  for (let kill = 0; kill < times; kill += 1) {
    await sleep(random.between(300, 1300));
    if (kill % 2 === 1) {
      await redis.command("bgrewriteaof");
      await sleep(random.between(0, 50));
    }
    await redis.kill("SIGKILL");
    thrownAway += await writes.throwAway(redis.dataFolder);
    await redis.start();
  }
  await sleep(300);
  const visits = await visitors.stop();
  const verdict = judge(visits, Number(await redis.command("get", "hits")));
  tell(
    "durability",
    `${durability}: ${times} power failures of Redis (DURABILITY_SEED=${seed}) threw away ${thrownAway} bytes; ` +
      `${visits.acknowledged.length} hits acknowledged, ${verdict.lost} lost, ${verdict.twice} numbers given twice, ` +
      `failed: ${failuresInWords(visits)}`,
  );
  return { ...verdict, acknowledged: visits.acknowledged.length, thrownAway };
};

describe("Redis whose machine loses power", () => {
  it(
    "loses no acknowledged hit with `durability: always`",
    async () => {
      const { acknowledged, lost, twice, unacknowledged, failed } = await losePower("always", kills);
      expect(acknowledged).toBeGreaterThan(kills * 50);
      expect({ lost, twice }).toEqual({ lost: 0, twice: 0 });
      expect(unacknowledged).toBeLessThanOrEqual(failed);
    },
    60_000 + kills * 10_000,
  );

  // What shows that the test above throws anything away: the same does cost hits where Redis answers first.
  it("loses some with `everysec`", async () => {
    const { lost, thrownAway } = await losePower("everysec", 3);
    expect(thrownAway).toBeGreaterThan(0);
    expect(lost).toBeGreaterThan(0);
  }, 90_000);
});
