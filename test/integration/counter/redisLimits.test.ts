import { randomBytes } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import { Redis } from "ioredis";
import { tell } from "../../support/findings.ts";
import { type RedisServer, type RedisServerOptions, startRedisServer } from "../../support/redisServer.ts";
import { until } from "../../support/until.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const start = async (options: RedisServerOptions) => {
  const redis = await startRedisServer({ durability: "everysec", ...options });
  cleanups.push(redis.remove);
  const client = new Redis({ port: redis.port });
  cleanups.push(() => client.disconnect());
  const info = async (field: string) =>
    new RegExp(`^${field}:(.*?)\r?$`, "m").exec(await client.info("everything"))?.[1];
  return { redis, client, info };
};

const MiB = 2 ** 20;
const inMiB = (bytes: number) => `${(bytes / MiB).toFixed(1)} MiB`;
const sizeOnDisk = async ({ dataFolder }: RedisServer) => {
  const folder = join(dataFolder, "appendonlydir");
  const sizes = (await readdir(folder)).map(async (name) =>
    stat(join(folder, name)).then(
      ({ size }) => size,
      () => 0, // gone since, as files are when a rewrite ends
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
};

describe("a Redis with a memory limit", () => {
  it("says so when it is full, and keeps to the limit while its file is rewritten", async () => {
    const limit = 64 * MiB;
    const { client, info } = await start({ memory: limit });
    const value = randomBytes(1000).toString("latin1");
    /** Sets keys of these numbers, and returns how many were set and why others were not. */
    const set = async (from: number, to: number) => {
      const pipeline = client.pipeline();
      for (let key = from; key < to; key += 1) pipeline.set(`key:${key}`, value);
      const errors = (await pipeline.exec())?.flatMap(([error]) => error ?? []) ?? [];
      return { done: to - from - errors.length, refusal: errors[0]?.message };
    };
    let keys = 0;
    const began = performance.now();
    let refusal: string | undefined;
    while (refusal === undefined) {
      const { done, ...rest } = await set(keys, keys + 1000);
      keys += done;
      refusal = rest.refusal;
    }
    expect(refusal).toMatch(/^OOM /);
    const data = Number(await info("used_memory"));
    const microsecondsEach = Math.ceil(((performance.now() - began) * 1000) / keys);
    // While the copy is written, slower than keys are set, every key changes, so that every page is copied.
    keys -= 500;
    for (let key = keys; key < keys + 500; key += 1) await client.del(`key:${key}`);
    await client.config("SET", "rdb-key-save-delay", Math.max(150, 2 * microsecondsEach));
    await client.bgrewriteaof();
    await until("it begins", async () => (await info("aof_rewrite_in_progress")) === "1", { everyMs: 5 });
    for (let from = 0; from < keys; from += 500) await set(from, Math.min(keys, from + 500));
    await until("it ends", async () => (await info("aof_rewrite_in_progress")) === "0", { everyMs: 20 });
    const [own, copied] = [Number(await info("used_memory_rss")), Number(await info("aof_last_cow_size"))];
    tell(
      "limits of Redis",
      `of ${limit / MiB} MiB, data had ${inMiB(data)}, Redis as a whole ${inMiB(own)}, a rewrite copied ${inMiB(copied)}`,
    );
    expect(copied).toBeGreaterThan(data / 2);
    expect(own + copied).toBeLessThan(limit);
  });
});

describe("the append-only file", () => {
  it("is rewritten as it grows, and stays small", async () => {
    const { redis, client } = await start({ settings: { "auto-aof-rewrite-min-size": "1mb" } });
    // Redis looks ten times a second whether it must be.
    const isSmall = async () => (await sizeOnDisk(redis)) <= MiB;
    let [largest, written] = [0, 0];
    for (let round = 0; round < 20; round += 1) {
      const pipeline = client.pipeline();
      for (let each = 0; each < 1000; each += 1) pipeline.set("key", "x".repeat(500));
      await pipeline.exec();
      written += 1000 * 500;
      largest = Math.max(largest, await sizeOnDisk(redis));
      await until("the file is small", isSmall, { everyMs: 20 });
    }
    tell("limits of Redis", `of ${inMiB(written)} written, the file had ${inMiB(largest)} at most`);
    expect(largest).toBeLessThan(3 * MiB);
  });
});
