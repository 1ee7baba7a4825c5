import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "@jest/globals";
import { type Counter, startCounterOnPort } from "../../support/counters.ts";
import { countsIn } from "../../support/countsIn.ts";
import { tell } from "../../support/findings.ts";
import { startNginxServer } from "../../support/nginxServer.ts";
import { startRedisServer } from "../../support/redisServer.ts";
import { startTcpRelay } from "../../support/tcpRelay.ts";
import { answersIn, failuresInWords, judge, startVisitors, visitedPages } from "../../support/visitors.ts";

/** How long what routes by the endpoints goes on sending to a pod that was told to stop (ms). */
const ENDPOINTS_LAG = 1000;

/** Longer than the product's: visits that a slow machine holds up are no quiet. */
const DRAIN = { DRAIN_QUIET_SECONDS: "10", DRAIN_MAX_SECONDS: "120" };

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe("counters that are replaced one by one", () => {
  it("fail no request and break no connection", async () => {
    const redis = await startRedisServer({ password: true });
    cleanups.push(redis.remove);
    const start = async () => {
      const counter = await startCounterOnPort({ ...redis.env, ...visitedPages, ...DRAIN });
      cleanups.push(() => counter.end("SIGKILL"));
      return counter;
    };
    // nginx knows one address, as it does in a cluster: each connection to it leads to any of the endpoints.
    const endpoints: Counter[] = [await start(), await start(), await start()];
    let turn = 0;
    const service = await startTcpRelay(() => {
      turn += 1;
      return endpoints[turn % endpoints.length]?.port;
    });
    cleanups.push(service.close);
    const nginx = await startNginxServer([`127.0.0.1:${service.port}`, `127.0.0.1:${service.port}`]);
    cleanups.push(nginx.remove);

    const visitors = startVisitors(nginx.url, 200, { toPages: true });
    const codes: Promise<number | null>[] = [];
    await sleep(500);
    for (const old of [...endpoints]) {
      endpoints.push(await start());
      codes.push(old.end("SIGTERM"));
      await sleep(ENDPOINTS_LAG);
      endpoints.splice(endpoints.indexOf(old), 1);
    }
    expect(await Promise.all(codes)).toEqual([0, 0, 0]);
    const visits = await visitors.stop();
    const { hits, pages, unattributed } = await countsIn(redis);
    const verdict = { ...judge(visits, hits, pages), unattributed };
    // nginx would hide a broken connection behind its retry, but not from its log.
    const broken = (await nginx.output()).split("\n").filter((line) => line.includes("[error]"));
    tell(
      "rolling restart",
      `${answersIn(visits)} hits acknowledged while 3 counters were replaced, failed: ${failuresInWords(visits)}, ` +
        `${broken.length} connections broken, slowest ${visits.slowestMs.toFixed(0)} ms`,
    );
    expect(broken).toEqual([]);
    expect(verdict).toEqual({
      lost: 0,
      twice: 0,
      failed: 0,
      unacknowledged: 0,
      unattributed: { hour: 0, day: 0 },
    });
  });
});
