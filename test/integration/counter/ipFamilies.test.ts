import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { IpFamily } from "../../../operator/desired/nginxConf.ts";
import { type Counter, startCounterOnPort } from "../../support/counters.ts";
import { getOnce } from "../../support/get.ts";
import { startNginxServer } from "../../support/nginxServer.ts";
import { type RedisServer, startRedisServer } from "../../support/redisServer.ts";
import { takesConnections } from "../../support/takesConnections.ts";

let redis: RedisServer;
let counter: Counter;
beforeAll(async () => {
  redis = await startRedisServer({ password: true });
  counter = await startCounterOnPort(redis.env);
});
afterAll(async () => {
  await counter?.end("SIGKILL");
  await redis?.remove();
});

const loopback: Record<IpFamily, string> = { IPv4: "127.0.0.1", IPv6: "::1" };

describe("nginx in a cluster of", () => {
  it.each<{ families: [IpFamily, ...IpFamily[]]; counterAt: string; others: IpFamily[] }>([
    { families: ["IPv4"], counterAt: "127.0.0.1", others: ["IPv6"] },
    { families: ["IPv6"], counterAt: "[::1]", others: ["IPv4"] },
    { families: ["IPv4", "IPv6"], counterAt: "127.0.0.1", others: [] },
    { families: ["IPv6", "IPv4"], counterAt: "[::1]", others: [] },
  ])("$families answers in each of them, and in no other", async ({ families, counterAt, others }) => {
    const nginx = await startNginxServer([`${counterAt}:${counter.port}`], { families });
    try {
      for (const family of families) {
        expect((await getOnce(nginx.urls[family])).body).toMatch(/^Holla! we have hit \d+ times\n$/);
      }
      const port = Number(new URL(nginx.url).port);
      for (const family of others) {
        expect(await takesConnections(port, loopback[family])).toBe(false);
      }
    } finally {
      await nginx.remove();
    }
  });
});
