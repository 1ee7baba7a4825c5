import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "@jest/globals";
import { counterEnvironment, patienceSeconds } from "../../../counter/contract.ts";
import { startCounterOnPort } from "../../support/counters.ts";
import { countsIn } from "../../support/countsIn.ts";
import { tell } from "../../support/findings.ts";
import { randomFrom } from "../../support/random.ts";
import { startRedisServer } from "../../support/redisServer.ts";
import { sizeOf } from "../../support/size.ts";
import { noteSyncs } from "../../support/unsyncedWrites.ts";
import {
  answersIn,
  failuresInWords,
  judge,
  startVisitors,
  type Visits,
  visitedPages,
} from "../../support/visitors.ts";

// Redis is killed, and what it had not fsynced is thrown away: as when its machine loses power.
const kills = sizeOf("DURABILITY_KILLS", { test: 8, soak: 100 });
const seed = Number(process.env.DURABILITY_SEED ?? Date.now() % 1_000_000);
const VISITS_A_SECOND = 200;
/** How many hits are acknowledged between two power failures, at least. */
const ANSWERS_BETWEEN = 50;
const PATIENCE_MS = patienceSeconds * 1000;

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface PowerFailures {
  durability: "always" | "everysec";
  times: number;
  counters: number;
  /** Whether the counters lose power too, and with it what they know. */
  ofCounters?: boolean;
}

/** Counts while Redis loses power so many times, every other time in the middle of rewriting its file. */
const losePower = async ({ durability, times, counters: howMany, ofCounters }: PowerFailures) => {
  const random = randomFrom(seed);
  const writes = await noteSyncs();
  cleanups.push(writes.remove);
  const { mounts, env } = writes;
  const redis = await startRedisServer({ durability, password: true, mounts, env });
  cleanups.push(redis.remove);
  const start = () =>
    startCounterOnPort({ ...redis.env, ...visitedPages, [counterEnvironment.redisDurability]: durability });
  const counters = await Promise.all(Array.from({ length: howMany }, start));
  for (const counter of counters) cleanups.push(() => counter.end("SIGKILL"));
  const urls = counters.map(({ port }) => `http://127.0.0.1:${port}/`);
  const toPages = durability === "always"; // else a page may lose its last hits, which the count alone is raised by
  const visitors = urls.map((url) => startVisitors(url, VISITS_A_SECOND / howMany, { toPages }));
  cleanups.push(() => Promise.all(visitors.map((each) => each.stop())));
  // With `everysec` counters that have found Redis wait a second.
  const hitsAgain = () =>
    Promise.all(visitors.map(({ untilAnswered }) => untilAnswered(ANSWERS_BETWEEN / howMany)));
  let thrownAway = 0;
  let longestOutageMs = 0;
  for (let kill = 0; kill < times; kill += 1) {
    await hitsAgain();
    await sleep(random.between(300, 1300));
    if (kill % 2 === 1) {
      await redis.command("bgrewriteaof");
      await sleep(random.between(0, 50));
    }
    const began = performance.now();
    await redis.kill("SIGKILL");
    if (ofCounters) await Promise.all(counters.map((counter) => counter.end("SIGKILL")));
    thrownAway += await writes.throwAway(redis.dataFolder);
    await redis.start();
    longestOutageMs = Math.max(longestOutageMs, performance.now() - began);
    if (ofCounters) await Promise.all(counters.map((counter) => counter.start()));
  }
  await hitsAgain();
  const visits = merged(await Promise.all(visitors.map((each) => each.stop())));
  const { hits, pages, unattributed } = await countsIn(redis);
  const verdict = judge(visits, hits, pages);
  tell(
    "durability",
    `${durability}: ${times} power failures of Redis${ofCounters ? " and the counter" : ""} (DURABILITY_SEED=${seed}) ` +
      `threw away ${thrownAway} bytes; ${answersIn(visits)} hits acknowledged, ${verdict.lost} lost, ` +
      `${verdict.twice} numbers given twice, failed: ${failuresInWords(visits)}`,
  );
  const { soonestFailureMs } = visits;
  /** Whether Redis was away for so long that a request may have waited in vain: a machine needed seconds to start it. */
  const outwaited = longestOutageMs > PATIENCE_MS - 5_000 && soonestFailureMs >= PATIENCE_MS;
  return { ...verdict, unattributed, acknowledged: answersIn(visits), thrownAway, counters, outwaited };
};

describe("Redis whose machine loses power", () => {
  it(
    "loses no acknowledged hit with `durability: always`",
    async () => {
      const failures = { durability: "always", times: kills, counters: 1 } as const;
      const { acknowledged, unattributed, lost, twice, unacknowledged, failed } = await losePower(failures);
      expect(acknowledged).toBeGreaterThanOrEqual(kills * ANSWERS_BETWEEN);
      expect({ lost, twice, unattributed }).toEqual({ lost: 0, twice: 0, unattributed: { hour: 0, day: 0 } });
      expect(unacknowledged).toBeLessThanOrEqual(failed);
    },
    60_000 + kills * 10_000,
  );

  it("loses some with `everysec`, which the counters have seen: they raise the count again", async () => {
    const failures = { durability: "everysec", times: 4, counters: 2 } as const;
    const { lost, twice, failed, unattributed, counters, outwaited } = await losePower(failures);
    const raised = counters.map(({ process }) =>
      process.logged("Redis had lost hits, and the count was raised again"),
    );
    expect(Number((await Promise.any(raised)).raisedBy)).toBeGreaterThan(0);
    expect({ lost, twice }).toEqual({ lost: 0, twice: 0 });
    if (!outwaited) expect(failed).toBe(0);
    // What the count was raised by can't be dated.
    expect(unattributed.day).toBeGreaterThan(0);
    expect(unattributed.hour).toBe(unattributed.day);
  });

  // What shows that the tests above throw anything away: it is gone where nobody is left who knows of it.
  it("loses some with `everysec` for good where the counters lose power too", async () => {
    const failures = { durability: "everysec", times: 3, counters: 1, ofCounters: true } as const;
    const { lost, thrownAway } = await losePower(failures);
    expect(thrownAway).toBeGreaterThan(0);
    expect(lost).toBeGreaterThan(0);
  });
});

/** What became of visitors that were sent to several places. */
const merged = (all: readonly Visits[]): Visits => {
  const failures = new Map<string, number>();
  for (const [kind, times] of all.flatMap((each) => [...each.failures])) {
    failures.set(kind, (failures.get(kind) ?? 0) + times);
  }
  const ofPages = new Map<string, number[]>();
  for (const [page, numbers] of all.flatMap((each) => [...each.ofPages])) {
    ofPages.set(page, [...(ofPages.get(page) ?? []), ...numbers]);
  }
  return {
    acknowledged: all.flatMap(({ acknowledged }) => acknowledged),
    ofPages,
    failures,
    slowestMs: Math.max(...all.map(({ slowestMs }) => slowestMs)),
    soonestFailureMs: Math.min(...all.map(({ soonestFailureMs }) => soonestFailureMs)),
  };
};
