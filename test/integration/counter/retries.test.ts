import { once } from "node:events";
import { createServer, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import { requestHeaders } from "../../../counter/contract.ts";
import { startCounterOnPort } from "../../support/counters.ts";
import { countsIn } from "../../support/countsIn.ts";
import { freePort } from "../../support/freePort.ts";
import { getOnce } from "../../support/get.ts";
import { startNginxServer } from "../../support/nginxServer.ts";
import { startRedisServer } from "../../support/redisServer.ts";
import { startTcpRelay } from "../../support/tcpRelay.ts";
import { until } from "../../support/until.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const numberIn = (body: string) =>
  Number(/^Holla! we have hit (\d+) times\n$|<title>hits: (\d+)<\/title>/.exec(body)?.slice(1).join(""));
const upTo = (last: number) => Array.from({ length: last }, (_each, index) => index + 1);

/** nginx as the product runs it, before one address that leads to a counter, and to another one once that is dead. */
const start = async (change?: (conf: string) => string) => {
  const redis = await startRedisServer({ password: true });
  cleanups.push(redis.remove);
  const toRedis = await startTcpRelay(() => redis.port);
  cleanups.push(toRedis.close);
  const startCounter = async (redisPort: number) => {
    const counter = await startCounterOnPort({ ...redis.env, REDIS_PORT: `${redisPort}`, MAX_PAGES: "1" });
    cleanups.push(() => counter.end("SIGKILL"));
    return counter;
  };
  const victim = await startCounter(toRedis.port);
  const heir = await startCounter(redis.port);
  let serving = victim;
  const toCounters = await startTcpRelay(() => serving.port);
  cleanups.push(toCounters.close);
  const nginx = await startNginxServer([`127.0.0.1:${toCounters.port}`], { change });
  cleanups.push(nginx.remove);
  const counts = () => countsIn(redis);
  return {
    url: nginx.url,
    toRedis,
    toCounters,
    counts,
    count: async () => (await counts()).hits,
    async kill() {
      // First, as nginx tries again at once.
      serving = heir;
      await victim.end("SIGKILL");
    },
  };
};

/** Sends so many hits at once, and kills the counter when Redis has counted them but nginx has heard of none. */
const killBetweenCountAndAnswer = async (
  hits: number,
  where: "toRedis" | "toCounters",
  { change, path = "" }: { change?: (conf: string) => string; path?: string } = {},
) => {
  const stack = await start(change);
  const url = `${stack.url}${path}`;
  const before = [await getOnce(url), await getOnce(url)];
  stack[where].holdReplies();
  const asked = upTo(hits).map(() => getOnce(url));
  const reserved = before.length + hits;
  await until("Redis has counted them", async () => (await stack.count()) === reserved, { everyMs: 20 });
  await stack.kill();
  stack.toCounters.reset();
  const answers = [...before, ...(await Promise.all(asked))];
  return {
    statuses: new Set(answers.map(({ status }) => status)),
    numbers: answers.map(({ body }) => numberIn(body)).sort((a, b) => a - b),
    counts: await stack.counts(),
    reserved,
  };
};

describe("a counter that is killed after Redis has counted and before nginx hears of it", () => {
  it.each([
    ["before Redis's answer reaches it", 1, "toRedis", ""],
    ["when its answers are on their way to nginx", 5, "toCounters", ""],
    ["before Redis's answer to a page's hit reaches it", 1, "toRedis", "p/about"],
    ["when its answers to a page's hits are on their way", 5, "toCounters", "p/about"],
    ["when its badges are on their way", 5, "toCounters", "badge.svg?style=plastic"],
    ["before Redis's answer to a page's badge reaches it", 1, "toRedis", "p/about/badge.svg"],
  ] as const)("costs no answer and no hit: killed %s", async (_when, hits, where, path) => {
    const { statuses, numbers, counts, reserved } = await killBetweenCountAndAnswer(hits, where, { path });
    expect(statuses).toEqual(new Set([200]));
    expect(numbers).toEqual(upTo(reserved));
    expect(counts).toEqual({
      hits: reserved,
      pages: path.startsWith("p/about") ? { about: reserved } : {},
      unattributed: { hour: 0, day: 0 },
    });
  });

  // What shows that the counter dies at the right moment: without nginx's mark, each of those hits counts twice.
  it("counts twice what is tried again without the mark", async () => {
    const unmarked = (conf: string) =>
      conf.replace(`${requestHeaders.retry} "1"`, `${requestHeaders.retry} ""`);
    const { counts, reserved } = await killBetweenCountAndAnswer(5, "toCounters", { change: unmarked });
    expect(counts.hits).toBe(reserved + 5);
  });
});

describe("a counter that has just died, and that connections are still led to", () => {
  it("costs no answer, though a request finds it ten times in a row", async () => {
    const redis = await startRedisServer({ password: true });
    cleanups.push(redis.remove);
    const counter = await startCounterOnPort(redis.env);
    cleanups.push(() => counter.end("SIGKILL"));
    let ledToTheDead = 0;
    const service = await startTcpRelay(() => {
      if (ledToTheDead === 10) return counter.port;
      ledToTheDead += 1;
      return undefined;
    });
    cleanups.push(service.close);
    const nginx = await startNginxServer([`127.0.0.1:${service.port}`]);
    cleanups.push(nginx.remove);
    const { status, body } = await getOnce(nginx.url);
    expect([status, numberIn(body), ledToTheDead]).toEqual([200, 1, 10]);
  });
});

describe("a counter that has died without a word, with connections to it that nginx has kept", () => {
  it("costs no answer, though a request finds all of them first", async () => {
    let isDead = false;
    const held: ServerResponse[] = [];
    const asked = new Map<string, number>();
    const listen = async (name: string) => {
      const server = createServer((_request, response) => {
        asked.set(name, (asked.get(name) ?? 0) + 1);
        if (isDead && name === "dead") response.destroy();
        else if (isDead) response.end(name);
        else held.push(response);
      });
      server.keepAliveTimeout = 60_000;
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      cleanups.push(async () => {
        server.closeAllConnections();
        server.close();
      });
      return (server.address() as AddressInfo).port;
    };
    const [dead, alive] = [await listen("dead"), await listen("alive")];
    // While it lives, the one that will die gets every connection; the next are led to the other.
    const service = await startTcpRelay(() => (isDead ? alive : dead));
    cleanups.push(service.close);
    const nginx = await startNginxServer([`127.0.0.1:${service.port}`]);
    cleanups.push(nginx.remove);
    const crowd = upTo(100).map(() => getOnce(nginx.url));
    await until("all of them wait", () => held.length === crowd.length);
    for (const response of held) response.end("counted");
    await Promise.all(crowd);
    isDead = true;
    asked.clear();
    const { status, body } = await getOnce(nginx.url);
    expect([status, body, asked.get("alive")]).toEqual([200, "alive", 1]);
    // Or nginx kept none, and nothing is shown.
    expect(asked.get("dead")).toBeGreaterThan(30);
  });
});

describe("where no counter can be reached", () => {
  it("nginx says so, and asks to try again", async () => {
    const nginx = await startNginxServer([`127.0.0.1:${await freePort()}`]);
    try {
      const answer = await fetch(nginx.url);
      expect([answer.status, answer.headers.get("retry-after"), await answer.text()]).toEqual([
        503,
        "1",
        "No counter can be reached right now. Please try again.\n",
      ]);
    } finally {
      await nginx.remove();
    }
  });
});

describe("what a client sends under the names of the proxy's headers", () => {
  const ask = (url: string, headers: Record<string, string>) =>
    new Promise<number>((resolve, reject) => {
      const outgoing = request(url, { headers, agent: false }, (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (text: string) => {
          body += text;
        });
        response.on("end", () => resolve(numberIn(body)));
      });
      outgoing.on("error", reject).end();
    });

  it("never gets to a counter: neither a number of before nor a dry run", async () => {
    const { url, count } = await start();
    const id = "0123456789abcdef0123456789abcdef";
    const again = { [requestHeaders.id]: id, [requestHeaders.retry]: "1" };
    const dryRun = { [requestHeaders.dryRun]: "true" };
    const numbers = [await ask(url, again), await ask(url, again), await ask(url, { ...again, ...dryRun })];
    expect(numbers).toEqual([1, 2, 3]);
    expect(await count()).toBe(3);
  });
});
