import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { type CounterProcess, startCounter } from "../../../counter/testing/counterProcess.ts";
import { countsIn } from "../../support/countsIn.ts";
import { getOnce } from "../../support/get.ts";
import { startLoad } from "../../support/load.ts";
import { type RedisServer, startRedisServer } from "../../support/redisServer.ts";

let redis: RedisServer;
const counters: { process: CounterProcess; url: string }[] = [];

beforeAll(async () => {
  redis = await startRedisServer();
  for (const version of ["1.0.0", "1.1.0"]) {
    const env = { PORT: "0", REDIS_PORT: `${redis.port}`, VERSION: version, MAX_PAGES: "1" };
    const process = startCounter(env);
    const { port } = await process.logged("Serving");
    counters.push({ process, url: `http://127.0.0.1:${port}/` });
  }
}, 600_000);
afterEach(async () => {
  expect((await countsIn(redis)).unattributed).toEqual({ hour: 0, day: 0 });
});
afterAll(async () => {
  for (const { process } of counters) {
    process.kill("SIGKILL");
  }
  await redis?.remove();
});

const total = async () => Number((await redis.command("get", "hits")) || 0);
const loadAll = (everyMs: number) => {
  const loads = counters.map(({ url }) => startLoad(url, { rate: 1000 / everyMs }));
  return async () => {
    const reports = await Promise.all(loads.map((load) => load.stop()));
    return {
      numbers: reports.flatMap(({ numbers }) => numbers),
      failures: reports.flatMap(({ failures }) => failures),
    };
  };
};

describe("counters with a real Redis", () => {
  it.each(["", "p/about"])("give each of many requests at once its own number: /%s", async (path) => {
    const before = await total();
    const first = path === "" ? before : 0;
    const asked = counters.flatMap(({ url }) => Array.from({ length: 300 }, () => getOnce(`${url}${path}`)));
    const answers = await Promise.all(asked);
    const numbers = answers.map(({ body }) => Number(/\d+/.exec(body)?.[0])).sort((a, b) => a - b);
    expect(numbers).toEqual(numbers.map((_number, index) => first + index + 1));
    expect(await total()).toBe(before + 600);
    expect(new Set(answers.map(({ version }) => version))).toEqual(new Set(["1.0.0", "1.1.0"]));
  });

  it.each(["SIGTERM", "SIGKILL"] as const)(
    "wait out a restart of Redis by %s, losing no acknowledged hit and counting none twice",
    async (signal) => {
      const before = await total();
      const stop = loadAll(20);
      await sleep(500);
      await redis.kill(signal);
      await sleep(1500);
      await redis.start();
      await sleep(1000);
      const { numbers, failures } = await stop();
      const counted = (await total()) - before;
      expect(new Set(numbers).size).toBe(numbers.length);
      // What was under way when the connection broke was sent again, and is counted once.
      expect(failures).toEqual([]);
      expect(counted).toBe(numbers.length);
    },
  );

  it("count on after Redis was made to refuse writes", async () => {
    await redis.command("config", "set", "maxmemory", "1");
    const before = await total();
    const stop = loadAll(50);
    await sleep(500);
    expect(await total()).toBe(before);
    await redis.command("config", "set", "maxmemory", "0");
    await sleep(500);
    const { numbers, failures } = await stop();
    expect(failures).toEqual([]);
    expect(await total()).toBe(before + numbers.length);
  });
});
