import { afterEach, describe, expect, it } from "@jest/globals";
import { batchCall, readCall } from "./batch.ts";
import type { Credentials } from "./credentials.ts";
import { backoff, type RedisLink, Refused, Unsent } from "./link.ts";
import type { Log } from "./logger.ts";
import { connectRedis, type RedisLinkOptions } from "./redisLink.ts";
import { countScript } from "./script.ts";
import { type FakeRedis, startFakeRedis } from "./testing/fakeRedis.ts";

const add = async (link: RedisLink, hits: number) => {
  const call = batchCall({ writer: "w", seq: ++seq }, Array(hits).fill({}), anyCount);
  return (await link.evaluate(call))[0];
};
let seq = 0;
const anyCount = { floor: 0, raiseFrom: 0 };
const total = async (link: RedisLink) => (await link.evaluate(readCall(anyCount)))[0];

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) {
    await cleanup();
  }
});

const setUp = async ({
  readCredentials = () => undefined,
  answerSeconds = 60,
}: Partial<Pick<RedisLinkOptions, "readCredentials" | "answerSeconds">> = {}) => {
  const redis = await startFakeRedis();
  cleanups.push(() => redis.stop());
  const logged: string[] = [];
  const log: Log = (_level, msg) => void logged.push(msg);
  return { redis, logged, link: connect(redis, { readCredentials, answerSeconds, log }) };
};

const connect = (
  redis: FakeRedis,
  options: Pick<RedisLinkOptions, "readCredentials" | "answerSeconds" | "log">,
) => {
  const link = connectRedis({
    host: "127.0.0.1",
    port: redis.port,
    ...options,
    random: () => 0,
  });
  cleanups.push(() => link.close());
  return link;
};

const ready = (link: RedisLink) =>
  new Promise<void>((resolve) => (link.isReady() ? resolve() : link.onReady(resolve)));
const until = async (condition: () => boolean | Promise<boolean>) => {
  while (!(await condition())) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

describe("connectRedis", () => {
  it("adds and reads", async () => {
    const { link } = await setUp();
    await ready(link);
    expect(await total(link)).toBe(0);
    expect(await add(link, 3)).toBe(3);
    expect(await total(link)).toBe(3);
  });

  it("costs one command a call, of the script that knows of no terms", async () => {
    const { link, redis } = await setUp();
    await ready(link);
    await add(link, 1); // by which Redis learns it
    const before = redis.received.length;
    await add(link, 3);
    const sent = redis.received.slice(before);
    const { keys, args } = batchCall({ writer: "w", seq }, [{}, {}, {}], anyCount);
    expect(sent).toEqual([["evalsha", countScript.digest, `${keys.length}`, ...keys, ...args.map(String)]]);
    expect(countScript.text).not.toMatch(/FENCED|term/);
  });

  it("says at once that it is not connected, and connects again by itself", async () => {
    const { link, redis, logged } = await setUp();
    await ready(link);
    await redis.stop();
    await until(() => !link.isReady());
    await expect(add(link, 1)).rejects.toBeInstanceOf(Unsent);
    await until(() => logged.includes("No connection to Redis"));
    await redis.start();
    await until(link.isReady);
    expect(await add(link, 1)).toBe(1);
    expect(logged).toEqual([
      "Connected to Redis",
      "Lost the connection to Redis",
      "No connection to Redis",
      "Connected to Redis",
    ]);
  });

  it.each(["executeThenCut", "executeThenCutMidReply"] as const)(
    "does not repeat by itself a command that was executed but not answered: %s",
    async (mode) => {
      const { link, redis } = await setUp();
      await ready(link);
      redis.mode = mode;
      const error = await add(link, 5).catch((failure: unknown) => failure);
      expect(error).toBeInstanceOf(Error);
      expect(error).not.toBeInstanceOf(Unsent);
      redis.mode = "normal";
      await until(link.isReady);
      expect(await total(link)).toBe(5);
      expect(redis.commands()).toBe(1);
    },
  );

  it("gives up a connection that does not answer", async () => {
    const { link, redis } = await setUp({ answerSeconds: 0.2 });
    await ready(link);
    redis.mode = "silent";
    await expect(add(link, 1)).rejects.toThrow();
    redis.mode = "normal";
    // Again and again: an answer that this machine delays for so long comes too late.
    await until(async () => (await total(link).catch(() => undefined)) === 0);
  });

  it("tells an error answer apart: nothing was added", async () => {
    const { link, redis } = await setUp();
    await ready(link);
    redis.mode = "-OOM command not allowed";
    await expect(add(link, 1)).rejects.toBeInstanceOf(Refused);
    expect(link.isReady()).toBe(true);
  });

  it("reads the password again at each connect", async () => {
    let password = "old";
    const { link, redis, logged } = await setUp({ readCredentials: () => ({ password }) });
    redis.password = "old";
    await ready(link);
    await redis.stop();
    redis.password = "new";
    await redis.start();
    await until(() => logged.includes("No connection to Redis"));
    expect(link.isReady()).toBe(false);
    password = "new";
    await until(link.isReady);
    expect(await add(link, 1)).toBe(1);
  });

  it("becomes another user on the connection that it has, when it reads other credentials, and again after it", async () => {
    let credentials: Credentials = { username: "counter-a", password: "old" };
    const { link, redis, logged } = await setUp({ readCredentials: () => credentials });
    redis.password = "old";
    await ready(link);
    expect(redis.users).toEqual(["counter-a"]);
    // Not taken yet: it goes on as it was.
    credentials = { username: "counter-b", password: "new" };
    await until(() => logged.some((line) => line.startsWith("Redis does not take the password")));
    expect(await add(link, 1)).toBe(1);
    redis.password = "new";
    await until(() => logged.includes("Redis took another password"));
    expect(redis.users.at(-1)).toBe("counter-b");
    expect(await add(link, 1)).toBe(2);
    expect(logged).not.toContain("Lost the connection to Redis");
    await redis.stop();
    await redis.start();
    await until(link.isReady);
    expect(redis.users.at(-1)).toBe("counter-b");
  });
});

describe("backoff", () => {
  it("doubles up to a quarter of a second, with jitter", () => {
    expect([1, 2, 3, 4, 5, 50].map((failures) => backoff(failures, () => 0.999999))).toEqual([
      50, 100, 200, 250, 250, 250,
    ]);
    expect(backoff(50, () => 0)).toBe(125);
  });
});
