import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import { PROXY_PATIENCE, PROXY_WAITS } from "../../../operator/desired/nginxConf.ts";
import { startSilent, startSwallowing } from "../../support/blackHole.ts";
import { startCounterOnPort } from "../../support/counters.ts";
import { watchLateness } from "../../support/lateness.ts";
import { startNginxServer } from "../../support/nginxServer.ts";

/** nginx waits this part of its time-outs here. */
const PART = 1 / 10;
const sooner = (conf: string) =>
  conf.replace(
    /(proxy_(?:connect|read|next_upstream)_timeout) (\d+)s;/g,
    (_all, name: string, seconds: string) => `${name} ${Number(seconds) * PART * 1000}ms;`,
  );

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
const started = async <T extends { close(): Promise<unknown> }>(starting: Promise<T>) => {
  const it = await starting;
  cleanups.push(it.close);
  return it;
};

/** A counter whose Redis takes connections and never answers, and that waits for it for less than nginx does. */
const startWaiting = async () => {
  const redis = await started(startSilent());
  const counter = await startCounterOnPort({ REDIS_PORT: `${redis.port}`, REDIS_PATIENCE_SECONDS: "0.1" });
  cleanups.push(() => counter.end("SIGKILL"));
  return {
    port: counter.port,
    /** How many hits it has answered with 503. */
    async refused() {
      const metrics = await (await fetch(`http://127.0.0.1:${counter.port}/metrics`)).text();
      return Number(/^http_requests_total\{path="\/",code="503"\} (\d+)$/m.exec(metrics)?.[1] ?? 0);
    },
  };
};

/** What becomes of a hit where nginx tries these in this order. */
const hit = async (...peers: { port: number }[]) => {
  const upstreams = peers.map(({ port }) => `127.0.0.1:${port}`);
  const nginx = await startNginxServer(upstreams, { change: sooner });
  cleanups.push(nginx.remove);
  const lateness = await watchLateness();
  const began = performance.now();
  const response = await fetch(nginx.url);
  const answer = [response.status, response.headers.get("retry-after"), await response.text()];
  const ms = performance.now() - began;
  const inTime = ms < PROXY_PATIENCE * PART * 1000 + lateness.totalMs();
  await lateness.stop();
  const log = (await nginx.output()).split("\n").filter((line) => line.includes("upstream timed out"));
  return {
    answer,
    inTime,
    /** On how many tries it waited in vain for a connection, and on how many for an answer. */
    unconnected: log.filter((line) => line.includes("while connecting")).length,
    unanswered: log.filter((line) => line.includes("while reading")).length,
  };
};

const ofNginx = [503, "1", "No counter can be reached right now. Please try again.\n"];
const ofCounter = [503, "1", "The count cannot be reached right now. Please try again.\n"];

describe("the proxy's patience", () => {
  it("is what the docs say", async () => {
    const page = await readFile(join(import.meta.dirname, "../../../docs/guarantees.md"), "utf8");
    const { connect, answer, retries } = PROXY_WAITS;
    expect(page).toContain(`answered within ${PROXY_PATIENCE} s`);
    expect(page).toContain(
      `a first try (${connect} s and ${answer} s), of the ${retries} s in which others may begin`,
    );
  });
});

describe("a hit is answered within the proxy's patience", () => {
  it("when the counters take it and never answer: it is tried twice", async () => {
    const counter = await started(startSilent());
    expect(await hit(counter)).toEqual({ answer: ofNginx, inTime: true, unconnected: 0, unanswered: 2 });
    expect(counter.taken()).toBe(2);
  });

  it("when nobody takes its connections: it is tried for as long as may be", async () => {
    const result = await hit(await started(startSwallowing()));
    expect(result).toMatchObject({ answer: ofNginx, inTime: true, unanswered: 0 });
    expect(result.unconnected).toBeGreaterThan(1);
    expect(result.unconnected).toBeLessThanOrEqual(1 + PROXY_WAITS.retries / PROXY_WAITS.connect);
  });

  it("when some take it and some do not", async () => {
    const [silent, swallowing] = [await started(startSilent()), await started(startSwallowing())];
    const result = await hit(silent, swallowing, swallowing, swallowing, swallowing, silent);
    expect(result).toMatchObject({ answer: ofNginx, inTime: true });
    expect(result.unconnected).toBeGreaterThan(0);
    expect(result.unanswered).toBeLessThanOrEqual(2);
  });

  it("when Redis never answers: the counter says so, and no other is asked", async () => {
    const counters = [await startWaiting(), await startWaiting()];
    expect(await hit(...counters)).toEqual({
      answer: ofCounter,
      inTime: true,
      unconnected: 0,
      unanswered: 0,
    });
    expect(await Promise.all(counters.map(({ refused }) => refused()))).toEqual([1, 0]);
  });

  it("when neither a counter answers nor Redis the next one", async () => {
    const [silent, waiting] = [await started(startSilent()), await startWaiting()];
    const result = await hit(silent, waiting);
    expect(result).toEqual({ answer: ofCounter, inTime: true, unconnected: 0, unanswered: 1 });
    expect([silent.taken(), await waiting.refused()]).toEqual([1, 1]);
  });
});
