import { rm, writeFile } from "node:fs/promises";
import { Agent } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { bundle } from "../tools/bundle.ts";
import { asker } from "./testing/asker.ts";
import { startCounter } from "./testing/counterProcess.ts";
import { startFakeRedis } from "./testing/fakeRedis.ts";

const cleanups: (() => unknown)[] = [];
beforeAll(async () => {
  await bundle(["counter"]);
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) {
    await cleanup();
  }
});

const start = (env: Record<string, string>) => {
  const counter = startCounter(env);
  cleanups.push(() => counter.kill("SIGKILL"));
  return counter;
};

/** Longer than any test: what is to last ends by what the test does, not by how long the machine takes for it. */
const NEVER = "300";

const startServing = async (env: Record<string, string> = {}) => {
  const redis = await startFakeRedis();
  cleanups.push(() => redis.stop());
  const quick = {
    DRAIN_QUIET_SECONDS: "0.3",
    DRAIN_MAX_SECONDS: NEVER,
    REDIS_PATIENCE_SECONDS: NEVER,
    REDIS_ANSWER_SECONDS: NEVER,
  };
  const counter = start({ PORT: "0", REDIS_PORT: `${redis.port}`, VERSION: "1.0.0", ...quick, ...env });
  const port = Number((await counter.logged("Serving")).port);
  const ask = asker(port);
  /** The value of a metric, by its name and labels. */
  const metric = async (name: string) => {
    const { body } = await ask("/metrics");
    const line = body.split("\n").find((each) => each.startsWith(`${name} `));
    return Number(line?.slice(name.length));
  };
  const untilWaiting = async (requests: number) => {
    while ((await metric("hitcounter_waiting_requests")) < requests) await pause(5);
  };
  return { counter, redis, port, ask, metric, untilWaiting };
};

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe("the counter as a process", () => {
  it("counts in Redis", async () => {
    const { ask, redis } = await startServing();
    expect((await ask("/")).body).toBe("Holla! we have hit 1 times\n");
    expect((await ask("/")).body).toBe("Holla! we have hit 2 times\n");
    expect((await ask("/hits")).body).toBe('{"hits":2}');
    expect(redis.hits()).toBe(2);
  });

  it("counts pages apart through a lost answer, and tells a history that adds up", async () => {
    const { ask, redis } = await startServing({ MAX_PAGES: "2" });
    await ask("/");
    redis.mode = "executeThenCut";
    const cut = ask("/p/a");
    while (redis.commands() === 1) await pause(5);
    redis.mode = "normal";
    expect((await cut).body).toBe("Holla! we have hit 1 times\n");
    expect((await ask("/p/b")).body).toBe("Holla! we have hit 1 times\n");
    expect((await ask("/p/c")).status).toBe(404);
    const pages = '[{"page":"a","hits":1},{"page":"b","hits":1}]';
    expect((await ask("/hits?pages")).body).toBe(`{"hits":3,"pages":${pages}}`);
    const counts = '[{"from":"1970-01-01T00:00:00.000Z","hits":3}]';
    const history = `{"hits":3,"by":"day","counts":${counts},"earlier":0,"unattributed":0}`;
    expect((await ask("/hits?by=day")).body).toBe(history);
  });

  const characters = (from: number, to: number) =>
    String.fromCharCode(...Array.from({ length: to - from + 1 }, (_each, index) => from + index));
  it.each([
    ["every control character", `${characters(0x01, 0x1f)}{hits}${characters(0x7f, 0x9f)}`],
    [
      "what shells, Kubernetes and patterns replace",
      "$$ $(PORT) $PORT $\x7bPORT} `id` %s \\n $& $1 {hits} $' {HITS} $`",
    ],
    ["blanks and lines around it", "\r\n \t\n {hits}\u00a0\u2028 \n\n"],
    ["letters of all kinds", "\ufeffÄ a\u0308 ﷽ 漢 \u202e{hits}\u202c 👩‍👩‍👧 \u{10fffd}\uffff"],
  ])("answers what MESSAGE says, byte for byte: %s", async (_what, message) => {
    const { port } = await startServing({ MESSAGE: message });
    const answer = await fetch(`http://127.0.0.1:${port}/`);
    const said = Buffer.from(`${message.replace("{hits}", "1")}\n`);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(said);
    expect(answer.headers.get("content-length")).toBe(`${said.length}`);
  });

  it("waits for a Redis that is away and counts each hit once", async () => {
    const { ask, redis, untilWaiting } = await startServing();
    await ask("/");
    await redis.stop();
    const asked = Array.from({ length: 20 }, () => ask("/"));
    await untilWaiting(20);
    await pause(500);
    await redis.start();
    const answers = await Promise.all(asked);
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(new Set(answers.map(({ body }) => body)).size).toBe(20);
    expect(redis.hits()).toBe(21);
  });

  it("answers 503 when Redis stays away, and stays ready", async () => {
    const { ask, redis } = await startServing({ REDIS_PATIENCE_SECONDS: "0.3" });
    await redis.stop();
    cleanups.push(() => redis.start());
    expect((await ask("/")).status).toBe(503);
    expect((await ask("/ready")).status).toBe(200);
    expect((await ask("/health")).status).toBe(200);
  });

  it("lets only so many wait, refuses the next at once, and tells Prometheus of all three", async () => {
    const { ask, redis, metric, untilWaiting } = await startServing({ MAX_WAITING: "2" });
    await ask("/");
    await redis.stop();
    const waiting = [ask("/"), ask("/")];
    await untilWaiting(2);
    const refused = await ask("/");
    expect([refused.status, refused.body]).toEqual([
      503,
      "Too many requests are waiting to be counted. Please try again.\n",
    ]);
    expect(await metric('hitcounter_unavailable_total{reason="crowded"}')).toBe(1);
    expect(await metric("hitcounter_longest_wait_seconds")).toBeGreaterThan(0);
    await pause(300);
    await redis.start();
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([200, 200]);
    expect(await metric("hitcounter_waiting_requests")).toBe(0);
    expect(await metric("hitcounter_longest_wait_seconds")).toBe(0);
    expect(await metric("hitcounter_wait_seconds_count")).toBe(2);
    expect(await metric("hitcounter_wait_seconds_sum")).toBeGreaterThan(0.3);
  });

  it("stops soon after the last visit, though probes go on and connections stay open", async () => {
    const { ask, counter } = await startServing({ KEEP_ALIVE_SECONDS: NEVER });
    const agent = new Agent({ keepAlive: true });
    cleanups.push(() => agent.destroy());
    expect((await ask("/", agent)).connection).toBe("keep-alive");
    const probing = setInterval(() => void ask("/ready").catch(() => {}), 50);
    cleanups.push(() => clearInterval(probing));
    counter.kill("SIGTERM");
    expect(await counter.ended).toBe(0);
    const { drainSeconds } = await counter.logged("Stopped serving");
    expect(drainSeconds).toBeGreaterThanOrEqual(0.3);
  });

  it("serves every request until the visits end; another SIGTERM does not hasten it", async () => {
    const { ask, counter, redis } = await startServing({ DRAIN_QUIET_SECONDS: "3" });
    counter.kill("SIGTERM");
    await counter.logged("Told to stop, serving until the visits end");
    counter.kill("SIGTERM");
    expect((await ask("/ready")).status).toBe(503);
    for (let number = 1; number <= 10; number++) {
      const answer = await ask("/");
      expect(answer).toMatchObject({ status: 200, connection: "close" });
      await pause(100);
    }
    expect(await counter.ended).toBe(0);
    expect(redis.hits()).toBe(10);
    const { drainSeconds } = await counter.logged("Stopped serving");
    expect(drainSeconds).toBeGreaterThanOrEqual(3 + 0.8);
  });

  it("takes no new request after the longest drain, however many still come", async () => {
    const drain = { DRAIN_QUIET_SECONDS: NEVER, DRAIN_MAX_SECONDS: "0.6" };
    const { ask, counter } = await startServing(drain);
    const visiting = setInterval(() => void ask("/").catch(() => {}), 50);
    cleanups.push(() => clearInterval(visiting));
    counter.kill("SIGTERM");
    expect(await counter.ended).toBe(0);
    const { drainSeconds } = await counter.logged("Stopped serving");
    expect(drainSeconds).toBeGreaterThanOrEqual(0.6);
  });

  it("finishes what waits for Redis before it exits", async () => {
    const { ask, counter, redis, untilWaiting } = await startServing();
    await ask("/");
    await redis.stop();
    const waiting = ask("/");
    await untilWaiting(1);
    counter.kill("SIGTERM");
    await counter.logged("Told to stop, serving until the visits end");
    const takesRequests = () =>
      ask("/health").then(
        () => true,
        () => false,
      );
    while (await takesRequests()) await pause(20);
    await redis.start();
    expect(await waiting).toMatchObject({ status: 200, connection: "close" });
    expect(await counter.ended).toBe(0);
    expect(redis.hits()).toBe(2);
  });

  it("refuses a count below the one that was believed before it was there", async () => {
    const file = join(tmpdir(), `hitcounter-believed-${process.pid}`);
    await writeFile(file, "41000");
    cleanups.push(() => rm(file));
    const { ask, redis, untilWaiting } = await startServing({ BELIEVED_COUNT_FILE: file });
    expect((await ask("/hits")).body).toMatch(/^The count has gone back from 41000 to 0: /);
    expect((await ask("/", undefined, { "X-HitCounter-Dry-Run": "true" })).status).toBe(200);
    void ask("/").catch(() => {}); // it waits for a person, here until the counter is killed
    await untilWaiting(1);
    expect((await ask("/hits")).status).toBe(503);
    expect(redis.hits()).toBe(0);
  });

  it("takes up any count where none was believed", async () => {
    const { ask } = await startServing({ BELIEVED_COUNT_FILE: join(tmpdir(), "hitcounter-no-such-file") });
    expect((await ask("/")).status).toBe(200);
  });

  it("refuses to start with a bad setting and names it", async () => {
    const counter = start({ PORT: "http" });
    expect((await counter.logged("Cannot start")).error).toBe(
      'PORT must be a whole number from 0 to 65535, not "http"',
    );
    expect(await counter.ended).toBe(1);
  });

  it("refuses to start without the password file it is told to read", async () => {
    const counter = start({ PORT: "0", REDIS_PASSWORD_FILE: "/nowhere/password" });
    expect((await counter.logged("Cannot start")).error).toMatch(
      /^REDIS_PASSWORD_FILE must be the path of a file that can be read: ENOENT/,
    );
    expect(await counter.ended).toBe(1);
  });

  it("signs in with the password of the file", async () => {
    const file = join(tmpdir(), `hitcounter-password-${process.pid}`);
    await writeFile(file, "s3cret\n");
    cleanups.push(() => rm(file));
    const redis = await startFakeRedis();
    cleanups.push(() => redis.stop());
    redis.password = "s3cret";
    const { logged } = start({ PORT: "0", REDIS_PORT: `${redis.port}`, REDIS_PASSWORD_FILE: file });
    const port = Number((await logged("Serving")).port);
    expect((await asker(port)("/")).body).toBe("Holla! we have hit 1 times\n");
  });
});
