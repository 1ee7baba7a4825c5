import { hash, randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { readCall } from "../../../counter/batch.ts";
import { counterEnvironment, requestHeaders, saltFile } from "../../../counter/contract.ts";
import { visitorData } from "../../../counter/data.ts";
import { readVisitors, type VisitorsByDay } from "../../../counter/look.ts";
import { createVisitors } from "../../../counter/visitors.ts";
import { startCounterOnPort } from "../../support/counters.ts";
import { getOnce } from "../../support/get.ts";
import { startNginxServer } from "../../support/nginxServer.ts";
import { startRedisServer } from "../../support/redisServer.ts";
import { type ScriptCaller, startScriptCaller } from "../../support/scriptCaller.ts";
import { until } from "../../support/until.ts";

const { registers, days, open, kept } = visitorData;
const DAY_MS = 86_400_000;
const limits = { floor: 0, raiseFrom: 0 };
/** So many addresses, which are others for each block. */
const addresses = (many: number, block = 0) =>
  Array.from({ length: many }, (_, index) => `10.${block}.${index >> 8}.${index & 255}`);

describe("visitors, in a real Redis", () => {
  let caller: ScriptCaller;
  let writers = 0;
  beforeAll(async () => {
    caller = await startScriptCaller();
  });
  afterAll(() => caller?.close());
  beforeEach(async () => {
    await caller.client.flushall();
  });

  /** Redis's day, when it lasts for another minute at least. */
  const today = async () => {
    const seconds = async () => Number((await caller.client.time())[0]);
    await until("the day lasts", async () => (await seconds()) % 86_400 < 86_340);
    return Math.floor((await seconds()) / 86_400);
  };
  /** A counter's view of visitors, at noon of a day. */
  const visitorsOn = (day: number) =>
    createVisitors({
      saltOf: (of) => `salt of ${of}`,
      now: () => (day + 0.5) * DAY_MS,
      onUncounted: () => {},
    });
  const send = async (day: number, from: readonly string[], visitors = visitorsOn(day)) => {
    const hits = from.map((address) => ({ address }));
    writers += 1;
    return await caller.send(`w${writers}`, 1, hits, limits, { sightings: visitors.sightings(hits) });
  };
  const look = async () => readVisitors(await caller.link.evaluate(readCall(limits, ["visitors"])));
  const daysIn = ({ days: all }: VisitorsByDay) =>
    new Map(all.map(({ from, visitors }) => [Date.parse(from) / DAY_MS, visitors]));

  it("are each counted once, by whomever they are seen and however often", async () => {
    const day = await today();
    await caller.client.hset(days, open, day);
    const all = addresses(3000);
    await send(day, all);
    await Promise.all([send(day, all.slice(0, 2000)), send(day, all.slice(1000)), send(day, all.reverse())]);
    const raw = await caller.client.getBuffer(registers);
    const { hits, visitors } = await look();
    expect(hits).toBe(3000 + 2000 + 2000 + 3000);
    expect(Math.abs(visitors / 3000 - 1)).toBeLessThan(0.04);
    await send(day, all);
    expect(await caller.client.getBuffer(registers)).toEqual(raw);
  });

  it("are told of a day that is over by how many registers had each rank, and the day after begins with nobody", async () => {
    const day = await today();
    await caller.client.hset(days, open, day - 1);
    await send(day - 1, addresses(500));
    const before = await look();
    expect(before.visitors).toBe(0);
    const yesterdays = daysIn(before).get(day - 1) ?? 0;
    expect(Math.abs(yesterdays - 500)).toBeLessThan(25);

    await send(day, addresses(40, 1));
    const after = await look();
    expect(daysIn(after).get(day - 1)).toBe(yesterdays);
    expect(after.visitors).toBe(40);
    expect(await caller.client.hget(days, `${day - 1}`)).toMatch(/^\d+( \d+)*$/);
  });

  it("of a day that is neither Redis's nor the open one are not noted, and their hits are counted", async () => {
    const day = await today();
    await send(day, addresses(5));
    for (const other of [day - 1, day + 1, day + 400]) await send(other, addresses(9, 1));
    expect(await look()).toEqual({ hits: 32, visitors: 5, days: [] });
  });

  it("are kept by day for two years", async () => {
    const day = await today();
    const old = { [day - kept + 2]: "1", [day - kept]: "1", [day - 2 * kept]: "3 4" };
    await caller.client.hset(days, { ...old, [open]: `${day - 1}` });
    await send(day, addresses(1));
    const fields = await caller.client.hkeys(days);
    expect(fields.map(Number).sort()).toEqual([Number.NaN, day - kept + 2, day - 1].sort());
  });

  it.each([registers, days])("cost no hit where %s can't be written", async (key) => {
    const day = await today();
    await caller.client.lpush(key, "not what it should be");
    expect(await send(day, addresses(2))).toEqual([1, 2]);
    expect(await send(day, addresses(1))).toEqual([3]);
  });

  it("are two keys, however many there are", async () => {
    const day = await today();
    await send(day, addresses(2000));
    await caller.client.del(...(await caller.client.keys("writer:*")));
    const keys = ["confirmed", "hits", "hits:days", "hits:hours", "pos", days, registers];
    expect((await caller.client.keys("*")).sort()).toEqual(keys.filter((key) => key !== "confirmed").sort());
  });
});

describe("visitors, from nginx to the disk", () => {
  const cleanups: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  /** All ways in which bytes may be written down. */
  const waysOf = (bytes: Buffer) => [
    bytes.toString("latin1"),
    bytes.toString("hex"),
    bytes.toString("hex").toUpperCase(),
    bytes.toString("base64").replace(/=+$/, ""),
    bytes.toString("base64url"),
  ];
  const bytesOf = ([a = "", b = "", c = "", d = ""]: string[]) => Buffer.from([a, b, c, d].map(Number));
  /** All ways in which an address may be, and what it is hashed to. */
  const tracesOf = (address: string, salt: Buffer) => {
    const bytes = bytesOf(address.split("."));
    const digests = [salt.toString("base64") + address, Buffer.concat([salt, bytes]), address].map((text) =>
      Buffer.from(hash("sha256", text), "hex").subarray(0, 8),
    );
    return [
      ...waysOf(Buffer.from(address)),
      ...waysOf(bytes),
      `${bytes.readUInt32BE()}`,
      ...digests.flatMap(waysOf),
      ...digests.map((digest) => `${digest.readBigUInt64BE()}`),
    ];
  };

  it("are counted, and neither an address nor a salt is in Redis's files, in metrics or in a log", async () => {
    const folder = await mkdtemp(join(tmpdir(), "hitcounter-salts-"));
    cleanups.push(() => rm(folder, { recursive: true }));
    const salts = [randomBytes(32), randomBytes(32)];
    for (const [index, salt] of salts.entries()) {
      await writeFile(join(folder, saltFile(new Date(Date.now() + index * DAY_MS))), salt);
    }
    const redis = await startRedisServer();
    cleanups.push(redis.remove);
    const env = { ...redis.env, [counterEnvironment.visitorSaltFolder]: folder, MAX_PAGES: "1" };
    const counter = await startCounterOnPort(env);
    cleanups.push(() => counter.end("SIGKILL"));
    const trusting = { trustedProxies: ["127.0.0.1/32"], proxyProtocol: false };
    const nginx = await startNginxServer([`127.0.0.1:${counter.port}`], { clientAddress: trusting });
    cleanups.push(nginx.remove);

    const clients = addresses(20, 77).map((address) => address.replace("10.77.0", "203.0.113"));
    for (const address of [...clients, ...clients]) {
      for (const path of ["", "p/about"]) {
        const answer = await fetch(`${nginx.url}${path}`, { headers: { "X-Forwarded-For": address } });
        expect(answer.status).toBe(200);
      }
    }
    const told = JSON.parse((await getOnce(`${nginx.url}hits?visitors`)).body) as VisitorsByDay;
    expect(told.hits).toBe(80);
    // It may have become midnight meanwhile.
    const seen = [told.visitors, ...told.days.map(({ visitors }) => visitors)];
    expect(Math.max(...seen)).toBeLessThanOrEqual(20);
    expect(seen.reduce((sum, each) => sum + each)).toBeGreaterThanOrEqual(20);

    const files = async () => {
      const aof = join(redis.dataFolder, "appendonlydir");
      const texts = (await readdir(aof)).map((name) => readFile(join(aof, name), "latin1"));
      return (await Promise.all(texts)).join("\n");
    };
    const before = await files();
    await redis.command("bgrewriteaof");
    await until("it is rewritten", async () =>
      /aof_rewrites:1\b/.test(await redis.command("info", "persistence")),
    );
    await until("no rewrite is under way", async () =>
      (await redis.command("info", "persistence")).includes("aof_rewrite_in_progress:0"),
    );
    const metrics = (await getOnce(`http://127.0.0.1:${counter.port}/metrics`)).body;
    expect(metrics).toContain('hitcounter_visitors_uncounted_total{reason="address"} 0\n');
    const places = {
      "the append-only file": before,
      "that file, rewritten": await files(),
      metrics,
      "the counter's log": counter.process.output(),
      "nginx's log": await nginx.output(),
    };
    // What shows that it would be found: the ids of requests are kept, and so is the page.
    const id = "00112233445566778899aabbccddeeff";
    const headers = { [requestHeaders.id]: id, [requestHeaders.address]: "203.0.113.1" };
    await fetch(`http://127.0.0.1:${counter.port}/`, { headers });
    expect(await files()).toContain(Buffer.from(id, "hex").toString("latin1"));
    expect(before).toContain(visitorData.registers);

    const traces = [
      ...clients.flatMap((address) => salts.flatMap((salt) => tracesOf(address, salt))),
      ...salts.flatMap(waysOf),
    ];
    for (const [where, text] of Object.entries(places)) {
      expect({ where, found: traces.filter((trace) => text.includes(trace)) }).toEqual({ where, found: [] });
    }
  });
});
