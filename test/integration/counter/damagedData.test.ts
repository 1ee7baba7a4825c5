import { readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import { redisEnvironment, UNLISTED_DATA } from "../../../operator/desired/redisCommand.ts";
import { startCounterOnPort } from "../../support/counters.ts";
import { getOnce } from "../../support/get.ts";
import { startRedisServer } from "../../support/redisServer.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const HITS = 20;
const MANIFEST = "appendonly.aof.manifest";
const INCREMENTS = "appendonly.aof.1.incr.aof";

/** A Redis that has counted, each hit a record of its own in its file, and was killed. */
const startAndKill = async (env: Record<string, string> = {}) => {
  const redis = await startRedisServer({ env });
  cleanups.push(redis.remove);
  const counter = await startCounterOnPort({ ...redis.env, REDIS_PATIENCE_SECONDS: "300" });
  cleanups.push(() => counter.end("SIGKILL"));
  const ask = (path = "/") => getOnce(`http://127.0.0.1:${counter.port}${path}`);
  for (let hit = 1; hit <= HITS; hit += 1) expect((await ask()).body).toContain(` ${hit} times`);
  await redis.kill("SIGKILL");
  const folder = join(redis.dataFolder, "appendonlydir");
  return { redis, counter, ask, folder, file: join(folder, INCREMENTS) };
};

const cut = async (file: string, keep: (size: number) => number) =>
  await truncate(file, Math.floor(keep((await stat(file)).size)));

describe("data that is damaged", () => {
  it.each<[string, (folder: string, file: string) => Promise<unknown>, number]>([
    ["is gone as a whole", (folder) => rm(folder, { recursive: true }), 0],
    ["is empty", (_folder, file) => cut(file, () => 0), 0],
    ["is cut in its last record", (_folder, file) => cut(file, (size) => size - 7), HITS - 1],
    ["is cut in the middle", (_folder, file) => cut(file, (size) => size / 2), HITS / 2],
  ])(
    "that %s is loaded as far as it goes, and nothing is counted below what was",
    async (_how, damage, most) => {
      const { redis, counter, ask, folder, file } = await startAndKill();
      await damage(folder, file);
      await redis.start();
      const count = async () => Number((await redis.command("get", "hits")) || 0);
      const left = await count();
      expect(left).toBeLessThanOrEqual(most);
      void ask("/").catch(() => {}); // it waits for a person, here until the counter is killed
      await counter.untilWaiting();
      const { status, body } = await ask("/hits");
      expect(status).toBe(503);
      expect(body).toMatch(new RegExp(`^The count has gone back from ${HITS} to ${left}: `));
      expect(await count()).toBe(left);
    },
  );

  it.each<[string, (folder: string, file: string) => Promise<unknown>, RegExp]>([
    ["has lost its list of files", (folder) => rm(join(folder, MANIFEST)), new RegExp(UNLISTED_DATA)],
    [
      "has an empty list of files",
      (folder) => truncate(join(folder, MANIFEST)),
      /Found an empty AOF manifest/,
    ],
    ["lacks a file", (_folder, file) => rm(file), /Unable to obtain the AOF file/],
    [
      "is garbage in its middle",
      async (_folder, file) => {
        const bytes = await readFile(file);
        const middle = Math.floor(bytes.length / 2);
        await writeFile(file, bytes.fill("x", middle, middle + 50));
      },
      /Bad file format reading the append only file/,
    ],
  ])("that %s lets no Redis start, and stays as it is", async (_how, damage, words) => {
    const { redis, folder, file } = await startAndKill();
    await damage(folder, file);
    const before = await readdir(folder);
    expect(await redis.startToFail()).toMatch(words);
    expect(await readdir(folder)).toEqual(before);
  });
});

describe("data that has lost its list of files", () => {
  it("is put aside once a person has accepted the loss, and only once", async () => {
    const { redis, folder, file } = await startAndKill({ [redisEnvironment.acceptedLoss]: `${HITS}` });
    const bytes = await readFile(file);
    await rm(join(folder, MANIFEST));
    await redis.start();
    expect(await redis.command("get", "hits")).toBe("");
    expect(await readFile(join(redis.dataFolder, `lost-${HITS}`, INCREMENTS))).toEqual(bytes);
    await redis.command("incr", "hits");
    await redis.kill("SIGKILL");
    await rm(join(folder, MANIFEST));
    expect(await redis.startToFail()).toMatch(UNLISTED_DATA);
  });

  it("is none when a first start was cut short before anything was counted", async () => {
    const redis = await startRedisServer();
    cleanups.push(redis.remove);
    await redis.kill("SIGKILL");
    await rm(join(redis.dataFolder, "appendonlydir", MANIFEST));
    await redis.start();
    expect(await redis.command("ping")).toBe("PONG");
  });
});
