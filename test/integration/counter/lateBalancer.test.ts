import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "@jest/globals";
import { proxyDeployment } from "../../../operator/desired/proxyDeployment.ts";
import { hitCounterWith, inputsFor } from "../../../operator/testing/fixtures.ts";
import { startCounterOnPort } from "../../support/counters.ts";
import { tell } from "../../support/findings.ts";
import { type Load, startLoad } from "../../support/load.ts";
import { type NginxServer, startNginxServer } from "../../support/nginxServer.ts";
import { startRedisServer } from "../../support/redisServer.ts";
import { startTcpRelay } from "../../support/tcpRelay.ts";
import { until } from "../../support/until.ts";

/** How late the balancer hears that a proxy comes or goes (s); an AWS Network Load Balancer, after two minutes. */
const LATE = 3;
const PROXIES = 2;

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A balancer that passes connections on to the proxies that it knows, in turn. */
async function startBalancer(known: readonly NginxServer[]) {
  let turn = 0;
  return await startTcpRelay(() => {
    turn += 1;
    const next = known[turn % known.length];
    return next && Number(new URL(next.url).port);
  });
}

/** Ends a proxy as the kubelet ends its pod. */
async function end(proxy: NginxServer, drainSeconds: number): Promise<void> {
  const { spec } =
    proxyDeployment(inputsFor(hitCounterWith({ proxy: { drainSeconds } }))).spec?.template ?? {};
  const hook = spec?.containers[0]?.lifecycle?.preStop?.sleep?.seconds ?? 0;
  const grace = spec?.terminationGracePeriodSeconds ?? 0;
  await sleep(hook * 1000);
  await proxy.stop(grace - hook);
}

/**
 * Replaces every proxy under load, a new one before each old one. Of both the balancer hears once `hears` is over, which is
 * told of the load and of when the old one has ended. Returns what visitors saw.
 */
async function replaceAll(
  drainSeconds: number,
  hears: (load: Load, ended: Promise<void>) => Promise<unknown>,
) {
  const redis = await startRedisServer({ password: true });
  cleanups.push(redis.remove);
  const counter = await startCounterOnPort(redis.env);
  cleanups.push(() => counter.end("SIGKILL"));
  const start = async () => {
    const proxy = await startNginxServer([`127.0.0.1:${counter.port}`]);
    cleanups.push(proxy.remove);
    return proxy;
  };
  const known: NginxServer[] = [];
  for (let index = 0; index < PROXIES; index += 1) known.push(await start());
  const balancer = await startBalancer(known);
  cleanups.push(balancer.close);

  const load = startLoad(`http://127.0.0.1:${balancer.port}/`, { rate: 100 });
  const replaced: Promise<unknown>[] = [];
  for (const old of [...known]) {
    const next = await start();
    const ended = end(old, drainSeconds);
    const heard = hears(load, ended).then(() => known.splice(known.indexOf(old), 1, next));
    replaced.push(ended, heard);
  }
  await Promise.all(replaced);
  const report = await load.stop();
  const hits = Number(await redis.command("get", "hits"));
  const { requests, failures, crossed, numbers } = report;
  tell(
    "late balancer",
    `${PROXIES} proxies replaced with drainSeconds ${drainSeconds}: ${requests} requests, ${failures.length} failed, ` +
      `${crossed} crossed with the close of a kept connection`,
  );
  return { ...report, tooMany: hits - numbers.length };
}

describe("proxies that are replaced behind a balancer that hears of it late", () => {
  it("fail no request where they drain for longer than that", async () => {
    const { failures, twice, tooMany } = await replaceAll(LATE + 2, () => sleep(LATE * 1000));
    expect({ failures, twice, tooMany }).toEqual({ failures: [], twice: [], tooMany: 0 });
  });

  it("fail requests where they don't, so that it is the drain that saves them", async () => {
    const { failures } = await replaceAll(1, async (load, ended) => {
      await ended;
      await until("a visitor is sent to what has ended", () => load.failed() > 0);
    });
    expect(failures.length).toBeGreaterThan(0);
  });
});
