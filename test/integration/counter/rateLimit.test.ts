import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { requestHeaders } from "../../../counter/contract.ts";
import { PROXY_PATHS } from "../../../operator/desired/nginxConf.ts";
import { type Counter, startCounterOnPort } from "../../support/counters.ts";
import { type NginxServer, startNginxServer } from "../../support/nginxServer.ts";
import { type RawAnswer, sendRaw } from "../../support/rawRequests.ts";
import { type RedisServer, startRedisServer } from "../../support/redisServer.ts";
import { until } from "../../support/until.ts";

/** A balancer that is trusted; it is a client as well. */
const BALANCER = "127.0.0.2";
const trusting = { trustedProxies: [`${BALANCER}/32`], proxyProtocol: false };
/** A second lets one request more pass. */
const rateLimit = { requestsPerSecond: 1, burst: 5, concurrentRequests: 3 };
const AT_ONCE = 1 + rateLimit.burst;
/** More than are let pass, so soon that hardly any is added. */
const MORE = 30;

/** What stands for a counter where it has to be slow, or to fail; by default it answers. */
let answering: (request: IncomingMessage, response: ServerResponse) => void;
let fake: Server;
let redis: RedisServer;
let counter: Counter;
/** Before a real counter; before the fake one; likewise, with a small zone; and by the PROXY protocol. */
const nginx = {} as Record<"real" | "fake" | "small" | "protocol", NginxServer>;

beforeAll(async () => {
  redis = await startRedisServer({ password: true });
  counter = await startCounterOnPort({ ...redis.env, MAX_PAGES: "10" });
  fake = createServer((request, response) => answering(request, response));
  await new Promise<void>((resolve) => fake.listen(0, "127.0.0.1", resolve));
  const start = (port: number, change?: (conf: string) => string, clientAddress = trusting) =>
    startNginxServer([`127.0.0.1:${port}`], { change, families: ["IPv4", "IPv6"], clientAddress, rateLimit });
  const { port } = fake.address() as AddressInfo;
  nginx.real = await start(counter.port);
  nginx.fake = await start(port);
  nginx.small = await start(port, (conf) => conf.replace("zone=requests:4m", "zone=requests:32k"));
  nginx.protocol = await start(port, undefined, { ...trusting, proxyProtocol: true });
}, 600_000);
afterAll(async () => {
  for (const each of Object.values(nginx)) await each.remove();
  fake?.closeAllConnections();
  fake?.close();
  await counter?.end("SIGKILL");
  await redis?.remove();
});
beforeEach(() => {
  answering = (_request, response) => response.end("42");
});

const get = (path: string, ...headers: string[]) =>
  [`GET ${path} HTTP/1.1`, "Host: x", ...headers, "", ""].join("\r\n");
const forwarded = (client: string) => `X-Forwarded-For: ${client}`;

/** Sends requests, pipelined on one connection, from an address of this machine, and returns the answers to them. */
async function send(
  to: NginxServer,
  from: string,
  requests: readonly string[],
  before = "",
): Promise<RawAnswer[]> {
  const { port } = new URL(to.url);
  const ipv6 = from.includes(":");
  const { answers } = await sendRaw(Number(port), [before + requests.join("")], {
    answers: requests.length,
    from,
    to: ipv6 ? "::1" : "127.0.0.1",
  });
  expect(answers).toHaveLength(requests.length);
  return answers;
}
const isLimited = ({ status }: RawAnswer) => status === 429;
const repeated = (count: number, request: string) => Array<string>(count).fill(request);

/** Sends more than is let pass, and checks that just so many are: one more for each second that it takes. */
async function expectLimit(to: NginxServer, from: string, requests: readonly string[], before = "") {
  const began = performance.now();
  const answers = await send(to, from, requests, before);
  const passed = answers.filter((answer) => !isLimited(answer));
  expect(passed.length).toBeGreaterThanOrEqual(AT_ONCE);
  expect(passed.length).toBeLessThanOrEqual(AT_ONCE + (performance.now() - began) / 1000 + 1);
  return { answers, passed };
}

describe("a client that asks more often than it may", () => {
  it("is told so, and when to come again, and no more is counted than is answered", async () => {
    const total = async () => Number(await redis.command("get", "hits"));
    const before = await total();
    const { answers, passed } = await expectLimit(nginx.real, "127.0.0.10", repeated(MORE, get("/")));
    expect(passed.map(({ status }) => status)).toEqual(passed.map(() => 200));
    expect((await total()) - before).toBe(passed.length);
    const [refused] = answers.filter(isLimited);
    expect(refused).toMatchObject({
      status: 429,
      headers: { "retry-after": "1", "cache-control": "no-store", "content-type": "text/plain" },
      body: "Too many requests from your address. Please try again in a second, and then more slowly.\n",
    });
  });

  it("is let in again once it has waited as long as it was told", async () => {
    await expectLimit(nginx.fake, "127.0.0.11", repeated(MORE, get("/")));
    const isBack = async () =>
      (await send(nginx.fake, "127.0.0.11", [get("/")])).every(({ status }) => status === 200);
    await until("it is let in", isBack, { everyMs: 1000 });
  });

  it("has one limit for all that counts or shows a number, in any form", async () => {
    const each = [
      get("/"),
      get("/badge.svg"),
      get("/p/a"),
      get("/p/a/badge.svg"),
      get("/?count=false"),
      get("/", "Accept: text/html"),
    ];
    const { passed } = await expectLimit(nginx.real, "127.0.0.12", Array(5).fill(each).flat());
    expect(new Set(passed.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it("is still told the count, which has a limit of its own, that the proxy lives, and what is not there", async () => {
    await expectLimit(nginx.real, "127.0.0.13", repeated(MORE, get("/")));
    const free = [get("/hits"), ...repeated(MORE, get("/health")), get("/nowhere")];
    const answers = await send(nginx.real, "127.0.0.13", free);
    expect(answers.map(({ status }) => status)).toEqual([200, ...Array(MORE).fill(200), 404]);
    await expectLimit(nginx.real, "127.0.0.14", repeated(MORE, get("/hits?by=day")));
  });

  it("keeps no other client from anything, and stands in no log", async () => {
    await expectLimit(nginx.fake, "127.0.0.15", repeated(MORE, get("/")));
    expect((await send(nginx.fake, "127.0.0.16", [get("/")])).map(({ status }) => status)).toEqual([200]);
    expect(await nginx.fake.output()).not.toMatch(/127\.0\.0\.15|limiting/);
  });

  it("is not known by the kubelet's questions, which are never limited", async () => {
    for (const path of Object.values(PROXY_PATHS)) {
      for (let times = 0; times < MORE; times += 1)
        expect((await fetch(nginx.fake.statusUrl + path)).status).toBe(200);
    }
  });

  it("is held to how many of its requests are under way, and others are not", async () => {
    const held: ServerResponse[] = [];
    answering = (_request, response) => held.push(response);
    const waiting = Array.from({ length: 3 }, () => send(nginx.fake, "127.0.0.17", [get("/")]));
    await until("they are under way", () => held.length === 3, { everyMs: 10 });
    answering = (_request, response) => response.end("42");
    expect((await send(nginx.fake, "127.0.0.17", [get("/")])).map(isLimited)).toEqual([true]);
    expect((await send(nginx.fake, "127.0.0.18", [get("/")])).map(isLimited)).toEqual([false]);
    for (const response of held) response.end("42");
    for (const answers of await Promise.all(waiting))
      expect(answers.map(({ status }) => status)).toEqual([200]);
    expect((await send(nginx.fake, "127.0.0.17", [get("/")])).map(isLimited)).toEqual([false]);
  });
});

describe("a request that the proxy tries again", () => {
  it("is one request of its client", async () => {
    let tries = 0;
    answering = (request, response) => {
      tries += 1;
      const isRetry = request.headers[requestHeaders.retry.toLowerCase()] === "1";
      if (isRetry) response.end("42");
      else request.socket.destroy();
    };
    const { passed } = await expectLimit(nginx.fake, "127.0.0.20", repeated(MORE, get("/")));
    expect(passed.map(({ status }) => status)).toEqual(passed.map(() => 200));
    expect(tries).toBeGreaterThanOrEqual(2 * passed.length);
  });
});

describe("one client", () => {
  const as = (...clients: string[]) => clients.map((client) => get("/", forwarded(client)));

  it.each([
    ["the address that a trusted balancer tells", ["203.0.113.7"], ["203.0.113.8"]],
    ["the /64 of an IPv6 address", ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9"], ["2001:db8:1:3::1"]],
    [
      "an IPv4 address, written as IPv6 too",
      ["198.51.100.1", "::ffff:198.51.100.1"],
      ["::ffff:198.51.100.2"],
    ],
    // Bytes that would end a line or a text.
    ["an address with odd bytes", ["10.0.0.10", "::ffff:10.0.0.10"], ["10.0.10.0"]],
    ["a /64 of odd bytes", ["a00:a0a:0:a::a", "a00:a0a:0:a:a0a:a0a:a0a:a0a"], ["a00:a0a:0:b::a"]],
  ])("is %s", async (_what, itself, another) => {
    await expectLimit(
      nginx.fake,
      BALANCER,
      Array(MORE)
        .fill(as(...itself))
        .flat(),
    );
    expect((await send(nginx.fake, BALANCER, as(...another))).map(isLimited)).toEqual([false]);
  });

  it("is not whoever it says to be itself", async () => {
    const others = Array.from({ length: MORE }, (_, index) => get("/", forwarded(`192.0.2.${index}`)));
    await expectLimit(nginx.fake, "127.0.0.30", others);
    await expectLimit(nginx.fake, "::1", others);
  });

  it("is whom the PROXY protocol tells, on each connection", async () => {
    const of = (client: string) => `PROXY TCP4 ${client} 192.0.2.1 40000 80\r\n`;
    await expectLimit(nginx.protocol, BALANCER, repeated(MORE, get("/")), of("203.0.113.7"));
    const [again] = await send(nginx.protocol, BALANCER, [get("/")], of("203.0.113.7"));
    const [other] = await send(nginx.protocol, BALANCER, [get("/")], of("203.0.113.8"));
    expect([again?.status, other?.status]).toEqual([429, 200]);
  });
});

it("more clients than a zone has room for are all let in, and those are forgotten that were silent longest", async () => {
  await expectLimit(nginx.small, BALANCER, repeated(MORE, get("/", forwarded("203.0.113.7"))));
  const others = Array.from({ length: 400 }, (_, index) =>
    get("/", forwarded(`10.1.${index >> 8}.${index & 255}`)),
  );
  const answers = await send(nginx.small, BALANCER, others);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  const [forgotten] = await send(nginx.small, BALANCER, [get("/", forwarded("203.0.113.7"))]);
  expect(forgotten?.status).toBe(200);
});
