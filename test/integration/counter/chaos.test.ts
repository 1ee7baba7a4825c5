import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "@jest/globals";
import { patienceSeconds } from "../../../counter/contract.ts";
import { type Counter, startCounterOnPort } from "../../support/counters.ts";
import { type Counts, countsIn } from "../../support/countsIn.ts";
import { tell } from "../../support/findings.ts";
import { getOnce } from "../../support/get.ts";
import { watchLateness } from "../../support/lateness.ts";
import { startNginxServer } from "../../support/nginxServer.ts";
import { randomFrom } from "../../support/random.ts";
import { type RedisServer, startRedisServer } from "../../support/redisServer.ts";
import { sizeOf } from "../../support/size.ts";
import { startTcpRelay, type TcpRelay } from "../../support/tcpRelay.ts";
import {
  answersIn,
  failuresInWords,
  judge,
  startVisitors,
  type Visits,
  visitedPages,
} from "../../support/visitors.ts";

// Visitors, a real nginx, counters as processes and a real Redis, as the product runs them; and what befalls them.
const faults = sizeOf("CHAOS_FAULTS", { test: 30, soak: 300 });
const seed = Number(process.env.CHAOS_SEED ?? Date.now() % 1_000_000);
const VISITS_A_SECOND = 200;
/** How many visitors are answered between two faults, at least. */
const ANSWERS_BETWEEN = 20;
/** Of visitors to a Redis that is replaced: all of an outage are answered at once when it is back. */
const PER_SECOND = 50;
/** How long a counter lets a request wait for Redis. */
const PATIENCE_MS = patienceSeconds * 1000;
const COUNTERS = 3;

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Stack {
  url: string;
  redis: RedisServer;
  counters: Counter[];
  /** The way from the counters to Redis, then those from nginx to each counter; none unless asked for. */
  relays: TcpRelay[];
  counts(): Promise<Counts>;
}

/** Starts everything, with or without relays between the parts, where connections can be cut. */
const startStack = async (env: Record<string, string>, withRelays: boolean): Promise<Stack> => {
  const relays: TcpRelay[] = [];
  const relay = async (port: number) => {
    if (!withRelays) return port;
    const made = await startTcpRelay(() => port);
    cleanups.push(made.close);
    relays.push(made);
    return made.port;
  };
  const redis = await startRedisServer({ password: true });
  cleanups.push(redis.remove);
  const redisPort = await relay(redis.port);
  const counters: Counter[] = [];
  const upstreams: string[] = [];
  for (let each = 0; each < COUNTERS; each += 1) {
    const counter = await startCounterOnPort({
      ...redis.env,
      REDIS_PORT: `${redisPort}`,
      ...visitedPages,
      ...env,
    });
    cleanups.push(() => counter.end("SIGKILL"));
    counters.push(counter);
    upstreams.push(`127.0.0.1:${await relay(counter.port)}`);
  }
  const nginx = await startNginxServer(upstreams);
  cleanups.push(nginx.remove);
  return { url: nginx.url, redis, counters, relays, counts: () => countsIn(redis) };
};

const report = (what: string, visits: Visits, { hits, pages, unattributed }: Counts) => {
  const verdict = judge(visits, hits, pages);
  tell(
    "chaos",
    `${what} (CHAOS_SEED=${seed}): ${answersIn(visits)} hits acknowledged, ${verdict.lost} lost, ` +
      `${verdict.twice} numbers given twice, count ${hits}, failed: ${failuresInWords(visits)}, ` +
      `slowest ${(visits.slowestMs / 1000).toFixed(1)} s`,
  );
  expect(unattributed).toEqual({ hour: 0, day: 0 });
  return verdict;
};

describe("the counter under faults", () => {
  const kills = Math.ceil(faults / 3);
  it(
    `counts exactly what it acknowledged through ${kills} kills of counters, failing no request`,
    async () => {
      const random = randomFrom(seed);
      const { url, counters, counts } = await startStack({}, false);
      const visitors = startVisitors(url, VISITS_A_SECOND, { toPages: true });
      for (let kill = 0; kill < kills; kill += 1) {
        const victim = random.pick(counters);
        await visitors.untilAnswered(ANSWERS_BETWEEN);
        await sleep(random.between(100, 600));
        await victim.end("SIGKILL");
        await sleep(random.between(0, 300));
        await victim.start();
      }
      const visits = await visitors.stop();
      const { lost, twice, failed, unacknowledged } = report(
        `${kills} kills of counters`,
        visits,
        await counts(),
      );
      expect(answersIn(visits)).toBeGreaterThanOrEqual(kills * ANSWERS_BETWEEN);
      expect({ lost, twice, failed, unacknowledged }).toEqual({
        lost: 0,
        twice: 0,
        failed: 0,
        unacknowledged: 0,
      });
    },
    60_000 + kills * 10_000,
  );

  const others = faults - kills;
  it(
    `loses no acknowledged hit and counts none twice through ${others} faults of every kind`,
    async () => {
      const random = randomFrom(seed + 1);
      // Quicker than the product to give up a silent connection, so that short silences show what long ones do,
      // and to stop: no endpoint is forgotten here, so a stop lasts as long as it may.
      const quick = { REDIS_ANSWER_SECONDS: "1", DRAIN_MAX_SECONDS: "2" };
      const { url, redis, counters, relays, counts } = await startStack(quick, true);
      const kinds: Record<string, () => Promise<unknown>> = {
        "counter killed": () => restart(random.pick(counters), "SIGKILL"),
        "counter told to stop": () => restart(random.pick(counters), "SIGTERM"),
        "counter halted": async () => {
          const { process: victim } = random.pick(counters);
          victim.kill("SIGSTOP");
          await sleep(random.between(100, 2500));
          victim.kill("SIGCONT");
        },
        "Redis killed": () => replace(redis, "SIGKILL", random.between(0, 1500)),
        "Redis told to stop": () => replace(redis, "SIGTERM", random.between(0, 1500)),
        "Redis halted": async () => {
          await redis.pause();
          await sleep(random.between(100, 2500));
          await redis.resume();
        },
        "connections reset": async () => random.pick(relays).reset(),
        "connections to Redis reset": async () => relays[0]?.reset(),
        "replies of Redis cut in their middle": async () => relays[0]?.cutMidReply(),
        "bytes to and from Redis held up": async () => {
          relays[0]?.hold();
          await sleep(random.between(100, 2500));
          relays[0]?.release();
        },
      };
      const visitors = startVisitors(url, VISITS_A_SECOND, { toPages: true });
      for (let fault = 0; fault < others; fault += 1) {
        // Each kind in turn, so that none is missed, in an order of chance within what is left to it.
        const names = Object.keys(kinds);
        const name = fault < names.length ? names[fault] : random.pick(names);
        await visitors.untilAnswered(ANSWERS_BETWEEN);
        await sleep(random.between(50, 500));
        await kinds[name ?? ""]?.();
      }
      await sleep(1000);
      const visits = await visitors.stop();
      const { lost, twice, failed, unacknowledged } = report(
        `${others} faults of every kind`,
        visits,
        await counts(),
      );
      expect(answersIn(visits)).toBeGreaterThanOrEqual(others * ANSWERS_BETWEEN);
      expect({ lost, twice }).toEqual({ lost: 0, twice: 0 });
      expect(unacknowledged).toBeLessThanOrEqual(failed);
    },
    60_000 + others * 10_000,
  );

  it("fails no request while Redis is replaced, and answers within a second of its return", async () => {
    const { url, redis, counts } = await startStack({}, false);
    const lateness = await watchLateness();
    cleanups.push(lateness.stop);
    for (const [signal, pause] of [
      ["SIGTERM", 9500],
      ["SIGKILL", 2000],
    ] as const) {
      const atOnce = await answerAtOnce(url, (PER_SECOND * pause) / 1000);
      const before = (await counts()).hits;
      const visitors = startVisitors(url, PER_SECOND, { toPages: true });
      await sleep(500);
      const outage = await replace(redis, signal, pause);
      const lateBefore = lateness.totalMs();
      await sleep(1000);
      const visits = await visitors.stop();
      const late = lateness.totalMs() - lateBefore;
      const what = `Redis replaced after ${signal}, an outage of ${(outage / 1000).toFixed(1)} s`;
      const counted = await counts();
      const { twice, failed } = report(what, visits, counted);
      expect(twice).toBe(0);
      // Nobody waits as long as a counter may have it, unless this machine took seconds to start Redis.
      expect(visits.soonestFailureMs).toBeGreaterThanOrEqual(PATIENCE_MS);
      const unacknowledged = counted.hits - before - answersIn(visits);
      expect(unacknowledged).toBeGreaterThanOrEqual(0);
      expect(unacknowledged).toBeLessThanOrEqual(failed);
      expect(visits.slowestMs).toBeLessThan(outage + Math.max(1000, 2 * atOnce) + late);
    }
  });
});

const restart = async (counter: Counter, signal: "SIGKILL" | "SIGTERM") => {
  await counter.end(signal);
  await counter.start();
};

/** Ends Redis and starts it again when it has been away for so long; returns how long it was until it was seen back (ms). */
const replace = async (redis: RedisServer, signal: "SIGKILL" | "SIGTERM", pause: number) => {
  const began = performance.now();
  await redis.kill(signal);
  await sleep(Math.max(0, began + pause - performance.now()));
  await redis.start();
  return performance.now() - began;
};

/** How long it takes this machine to have so many requests answered that come at once while nothing is wrong (ms). */
const answerAtOnce = async (url: string, requests: number) => {
  const began = performance.now();
  await Promise.all(Array.from({ length: requests }, () => getOnce(url)));
  return performance.now() - began;
};
