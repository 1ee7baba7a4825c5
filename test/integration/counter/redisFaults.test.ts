import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "@jest/globals";
import { Redis } from "ioredis";
import { startCounterOnPort } from "../../support/counters.ts";
import { countsIn } from "../../support/countsIn.ts";
import { getOnce } from "../../support/get.ts";
import { type RedisServer, startRedisServer } from "../../support/redisServer.ts";
import { startTcpRelay } from "../../support/tcpRelay.ts";
import { until } from "../../support/until.ts";
import { judge, startVisitors, visitedPages } from "../../support/visitors.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** How long a fault lasts from when a counter was refused: longer than many attempts (ms). */
const LASTS = 700;
/** How long a request may wait (s): longer than any fault that is lifted, shorter than a visitor's patience. */
const PATIENCE = "40";

const startRedis = async (settings: Record<string, string> = {}) => {
  const redis = await startRedisServer({ settings });
  cleanups.push(redis.remove);
  const client = new Redis({ port: redis.port, maxRetriesPerRequest: 0 }).on("error", () => {});
  cleanups.push(() => client.disconnect());
  return { ...redis, client };
};
type TestRedis = Awaited<ReturnType<typeof startRedis>>;

/** A Redis, and a counter that reaches it by a way that can be cut, and can lead elsewhere. */
const start = async () => {
  const redis = await startRedis({ "enable-debug-command": "local" });
  let leadsTo: RedisServer = redis;
  const relay = await startTcpRelay(() => leadsTo.port);
  cleanups.push(relay.close);
  const env = { REDIS_PORT: `${relay.port}`, REDIS_PATIENCE_SECONDS: PATIENCE, ...visitedPages };
  const counter = await startCounterOnPort(env);
  cleanups.push(() => counter.end("SIGKILL"));
  const leadTo = (other: RedisServer) => {
    leadsTo = other;
  };
  return { redis, relay, counter, leadTo, url: `http://127.0.0.1:${counter.port}/` };
};

const info = async ({ client }: TestRedis, field: string) =>
  new RegExp(`^${field}:(.*)$`, "m").exec((await client.info("everything")).replaceAll("\r", ""))?.[1];
const refusals = async (redis: TestRedis, code: string) =>
  Number(/count=(\d+)/.exec((await info(redis, `errorstat_${code}`)) ?? "")?.[1] ?? 0);

/** What Redis answers to counters, and what makes it do so for a while; `refused` waits until it has. */
const refusing: Record<string, (redis: TestRedis, refused: () => Promise<unknown>) => Promise<unknown>> = {
  async OOM({ client }, refused) {
    await client.config("SET", "maxmemory", "1");
    await refused();
    await sleep(LASTS);
    await client.config("SET", "maxmemory", "0");
  },
  async MISCONF(redis, refused) {
    // Its snapshot can't be written where a folder has the name.
    await mkdir(join(redis.dataFolder, "dump.rdb"));
    await redis.client.config("SET", "save", "3600 1");
    await redis.client.bgsave();
    await until("it has failed", async () => (await info(redis, "rdb_last_bgsave_status")) === "err", {
      everyMs: 20,
    });
    await refused();
    await sleep(LASTS);
    await redis.client.config("SET", "save", "");
  },
  async BUSY({ client, port }, refused) {
    await client.config("SET", "busy-reply-threshold", "50");
    const busy = new Redis({ port, maxRetriesPerRequest: 0 }).on("error", () => {});
    cleanups.push(() => busy.disconnect());
    const script = busy.eval("while true do end", 0).catch(() => {});
    await refused();
    await sleep(LASTS);
    await client.script("KILL");
    await script;
  },
  async READONLY({ client }, refused) {
    await client.replicaof("127.0.0.1", 1);
    await refused();
    await sleep(LASTS);
    await client.replicaof("NO", "ONE");
  },
  async LOADING(redis) {
    const { client } = redis;
    await client.config("SET", "key-load-delay", "500"); // microseconds for each command of the file
    do await client.call("DEBUG", "LOADAOF");
    while ((await refusals(redis, "LOADING")) === 0);
    await client.config("SET", "key-load-delay", "0");
  },
  async NOSCRIPT({ client }) {
    for (let times = 0; times < 3; times += 1) {
      await client.script("FLUSH");
      await sleep(100);
    }
  },
};

/** Sends hits before, during and after a fault, and compares the answers with the count in the Redis there is then. */
const countThrough = async (url: string, fault: () => Promise<unknown>, redis: TestRedis) => {
  const visitors = startVisitors(url, 100, { toPages: true });
  cleanups.push(visitors.stop);
  await visitors.untilAnswered(20);
  await fault();
  await visitors.untilAnswered(50);
  const visits = await visitors.stop();
  const { hits, pages, unattributed } = await countsIn(redis);
  return { ...judge(visits, hits, pages), unattributed };
};
const exact = { lost: 0, twice: 0, failed: 0, unacknowledged: 0, unattributed: { hour: 0, day: 0 } };

describe("a Redis that refuses", () => {
  it.each(Object.entries(refusing))("with %s costs no request and no hit", async (code, refuse) => {
    const { redis, counter, url } = await start();
    const refused = () => counter.process.logged("Redis refuses to count, trying again");
    // A long file, so that it takes a while to load.
    if (code === "LOADING") for (let key = 0; key < 3000; key += 1) redis.client.set("filler", key);
    expect(await countThrough(url, () => refuse(redis, refused), redis)).toEqual(exact);
    expect(await refusals(redis, code)).toBeGreaterThan(0);
  });
});

describe("a reply of Redis", () => {
  it("that is cut in its middle costs no request and no hit", async () => {
    const { redis, relay, counter, url } = await start();
    const cut = async () => {
      relay.cutMidReply();
      await counter.process.logged("Lost Redis's answer, asking again");
    };
    expect(await countThrough(url, cut, redis)).toEqual(exact);
  });
});

describe("a failover to a Redis at another address", () => {
  const replicate = async (redis: TestRedis) => {
    const replica = await startRedis();
    await replica.client.replicaof("127.0.0.1", redis.port);
    await until("the replica is in step", async () => (await info(replica, "master_link_status")) === "up");
    return replica;
  };

  it("costs no request and no hit when it is in step", async () => {
    const { redis, url, leadTo } = await start();
    const replica = await replicate(redis);
    const failOver = async () => {
      leadTo(replica);
      await redis.client.call("FAILOVER");
      await until("the failover", async () => (await info(replica, "role")) === "master", { everyMs: 20 });
    };
    expect(await countThrough(url, failOver, replica)).toEqual(exact);
    // What made the counter look for another: the connection to the old one was never cut.
    expect(await refusals(redis, "READONLY")).toBeGreaterThan(0);
  });

  it("gives no number twice when it is behind: nothing is counted", async () => {
    const { redis, relay, counter, url, leadTo } = await start();
    const replica = await replicate(redis);
    await getOnce(url);
    await until("it has the hit", async () => (await replica.client.get("hits")) === "1");
    await replica.client.replicaof("NO", "ONE");
    await getOnce(url);
    leadTo(replica);
    relay.reset();
    getOnce(url).catch(() => {}); // it waits for a person, here until the counter is killed
    await counter.untilWaiting();
    const { status, body } = await getOnce(`${url}hits`);
    expect([status, body]).toEqual([503, expect.stringMatching(/^The count has gone back from 2 to 1: /)]);
    expect(await replica.client.get("hits")).toBe("1");
  });
});
