import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { bytesIn, usageOf } from "../../../bench/support/processUsage.ts";
import { connectionsOf } from "../../../operator/desired/nginxLimits.ts";
import { hitCounterWith } from "../../../operator/testing/fixtures.ts";
import { type Counter, startCounterOnPort } from "../../support/counters.ts";
import { tell } from "../../support/findings.ts";
import { startLoad } from "../../support/load.ts";
import { type NginxServer, startNginxServer } from "../../support/nginxServer.ts";
import { type RedisServer, startRedisServer } from "../../support/redisServer.ts";
import { sizeOf } from "../../support/size.ts";
import { startSlowClients } from "../../support/slowClients.ts";
import { until } from "../../support/until.ts";

/** All but as many as a proxy has connections: beyond that it closes those that have kept it waiting longest. */
const SLOW = { idle: 1_600, header: 1_800, largeHeader: 1_800, body: 1_000, chunked: 960, reader: 40 };
const slow = Object.values(SLOW).reduce((sum, count) => sum + count, 0);
/** For how many requests the load goes on beside them, 200 a second. */
const requests = sizeOf("SLOW_CLIENTS_REQUESTS", { test: 2_000, soak: 40_000 });

let redis: RedisServer;
let counter: Counter;
let nginx: NginxServer;
beforeAll(async () => {
  redis = await startRedisServer({ password: true });
  counter = await startCounterOnPort(redis.env);
  // As few files as containerd gives a container that asks for no more.
  nginx = await startNginxServer([`127.0.0.1:${counter.port}`], {
    files: 1024,
  });
}, 600_000);
afterAll(async () => {
  await nginx?.remove();
  await counter?.end("SIGKILL");
  await redis?.remove();
});

const worker = async () => {
  const master = await nginx.pid();
  return Number((await readFile(`/proc/${master}/task/${master}/children`, "utf8")).trim());
};

it("slow clients keep no visitor from the count, and a proxy within its memory", async () => {
  expect(slow).toBeGreaterThan(connectionsOf(false).all * 0.85);
  const { proxy } = hitCounterWith().spec;
  const limit = Number.parseInt(`${proxy.resources.limits?.memory}`, 10) * 2 ** 20;
  const pid = await worker();
  const hitsBefore = Number(await redis.command("get", "hits"));
  const load = startLoad(nginx.url);
  const clients = startSlowClients(Number(new URL(nginx.url).port), SLOW);
  try {
    await until("all of them are connected", () => clients.open() >= slow * 0.95);
    const answered = load.answered() + requests;
    await until("visitors are answered", () => load.answered() + load.failed() > answered, {
      withinSeconds: 3600,
    });
    // Who reads nothing, and who never ends its headers, is given up.
    await until("headers are given up", () => clients.closed("header") >= SLOW.header, { withinSeconds: 60 });
    await until("readers are given up", () => clients.closed("reader") >= SLOW.reader, { withinSeconds: 60 });
  } finally {
    clients.stop();
  }
  const report = await load.stop();
  const { peakRssBytes } = await usageOf(pid);
  const master = bytesIn(await readFile(`/proc/${await nginx.pid()}/status`, "utf8"), "RssAnon");
  const memory = peakRssBytes + master;
  tell(
    "slow clients",
    `${slow} slow clients beside ${report.requests} requests: ${report.failures.length} failed, ${report.crossed} crossed ` +
      `with the close of a kept connection; nginx took ${Math.round(memory / 2 ** 20)} MiB at most`,
  );
  expect(report.failures).toEqual([]);
  expect(Number(await redis.command("get", "hits")) - hitsBefore).toBe(report.numbers.length);
  expect(memory).toBeLessThan(limit);
  expect(await worker()).toBe(pid);
}, 4_000_000);
