import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { recognise } from "../../../counter/recognise.ts";
import { type Counter, startCounterOnPort } from "../../support/counters.ts";
import { countsIn } from "../../support/countsIn.ts";
import { type NginxServer, startNginxServer } from "../../support/nginxServer.ts";
import { sendRaw } from "../../support/rawRequests.ts";
import { type RedisServer, startRedisServer } from "../../support/redisServer.ts";
import { startTcpRelay, type TcpRelay } from "../../support/tcpRelay.ts";
import { until } from "../../support/until.ts";

const CHROME =
  "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7";
const FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const portOf = ({ url }: NginxServer) => Number(new URL(url).port);

describe("what nginx passes on of what a client sends", () => {
  let listener: Server;
  let nginx: NginxServer;
  let sent: Buffer[] = [];
  /** Whether the first try of a request fails. */
  let fails = false;
  beforeAll(async () => {
    listener = createServer((socket) => {
      socket
        .on("error", () => {})
        .once("data", (bytes) => {
          const code = fails && sent.length === 0 ? "502 Bad Gateway" : "200 OK";
          sent.push(bytes);
          socket.end(`HTTP/1.1 ${code}\r\nContent-Length: 0\r\n\r\n`);
        });
    }).listen(0, "127.0.0.1");
    await once(listener, "listening");
    nginx = await startNginxServer([`127.0.0.1:${(listener.address() as AddressInfo).port}`]);
  }, 600_000);
  afterAll(async () => {
    await nginx?.remove();
    listener?.close();
  });
  beforeEach(() => {
    sent = [];
    fails = false;
  });

  const others = [
    "User-Agent: Mozilla/5.0",
    "Accept-Language: de",
    "Accept-Encoding: gzip",
    "Cookie: secret=1",
    "Authorization: Basic c2VjcmV0",
    "Referer: http://elsewhere/",
    "If-None-Match: x",
    "X-Request-ID: mine",
    "X-HitCounter-Retry: 1",
    "X-HitCounter-Dry-Run: true",
    "X-Anything: secret",
    "Range: bytes=0-1",
  ];
  /** Sends a GET of `/` with these lines among others, and returns the headers of each try. */
  const passedOn = async (...lines: string[]) => {
    const bytes = ["GET / HTTP/1.1", "Host: x", ...others, ...lines, "Connection: close", "", ""].join(
      "\r\n",
    );
    const { answers } = await sendRaw(portOf(nginx), [bytes], { closes: true });
    expect(answers.map(({ status }) => status)).toEqual([200]);
    return sent.map((each) => each.toString("latin1").split("\r\n").slice(1, -2));
  };
  const own = [
    expect.stringMatching(/^X-Real-IP: 127\.0\.0\.1$/),
    expect.stringMatching(/^X-Request-ID: [0-9a-f]{32}$/),
  ];

  it.each([
    ["it is Chrome", CHROME],
    ["it is Firefox", FIREFOX],
    ["it wants JSON", "application/json"],
    ["it wants JSON in capitals", "Application/JSON;q=0.9, */*"],
    ["it wants what JSON is too", "application/*"],
    ["it says so in as much as may be", `text/html${" ".repeat(502)}x`],
  ])("is its Accept where %s", async (_what, accept) => {
    expect(await passedOn(`Accept: ${accept}`)).toEqual([[...own, `Accept: ${accept}`, "Host: counter"]]);
  });

  it.each([
    ["there is no Accept", []],
    ["anything will do", ["Accept: */*"]],
    ["it wants a picture", ["Accept: image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5"]],
    ["it is longer than any browser's", [`Accept: text/html${" ".repeat(503)}x`]],
    ["it is very long", [`Accept: ${"a/b,".repeat(1900)}text/html`]],
    ["a counter could refuse it", ["Accept: text/html\x01"]],
    ["it is not ASCII", ["Accept: text/html;q=\xff"]],
  ])("is nothing where %s, so that the request is recognised", async (_what, lines) => {
    expect(await passedOn(...lines)).toEqual([[...own, "Host: counter"]]);
    expect(sent.map((bytes) => recognise(bytes) !== undefined)).toEqual([true]);
  });

  it("is Accept alone in another try, too", async () => {
    fails = true;
    const [first = [], second, ...more] = await passedOn(`Accept: ${CHROME}`);
    const id = String(first[1]);
    expect([second, more]).toEqual([
      [own[0], id, "X-HitCounter-Retry: 1", `Accept: ${CHROME}`, "Host: counter"],
      [],
    ]);
  });
});

describe("a counter behind nginx", () => {
  let redis: RedisServer;
  let counter: Counter;
  let relay: TcpRelay;
  let nginx: NginxServer;
  beforeAll(async () => {
    redis = await startRedisServer({ password: true });
    counter = await startCounterOnPort({ ...redis.env, MAX_PAGES: "2", MESSAGE: "<b>{hits}</b>" });
    relay = await startTcpRelay(() => counter.port);
    nginx = await startNginxServer([`127.0.0.1:${relay.port}`]);
  }, 600_000);
  afterAll(async () => {
    await nginx?.remove();
    await relay?.close();
    await counter?.end("SIGKILL");
    await redis?.remove();
  });

  const ask = async (path: string, accept: string) => {
    const answer = await fetch(`${nginx.url}${path}`, { headers: { accept } });
    return { status: answer.status, type: answer.headers.get("content-type"), body: await answer.text() };
  };
  const hits = async () => (await countsIn(redis)).hits;

  it("counts each once, and tells it in the form that is wanted", async () => {
    const before = await hits();
    const [text, page, json, ofPage] = [
      await ask("", "*/*"),
      await ask("", CHROME),
      await ask("", "application/json"),
      await ask("p/about", FIREFOX),
    ];
    expect(text).toEqual({ status: 200, type: "text/plain; charset=utf-8", body: `<b>${before + 1}</b>\n` });
    expect([page.status, page.type]).toEqual([200, "text/html; charset=utf-8"]);
    expect(page.body).toContain(
      `<h1 dir="auto">&lt;b&gt;<span class="hits">${before + 2}</span>&lt;/b&gt;</h1>`,
    );
    expect(page.body).toContain(`<p>${before + 2} in the last 30 days, in UTC.`);
    expect(json.body).toBe(`{"hits":${before + 3}}`);
    expect(ofPage.body).toContain('<span class="hits">1</span>');
    const { hits: total, pages, unattributed } = await countsIn(redis);
    expect({ total, pages, unattributed }).toEqual({
      total: before + 4,
      pages: { about: 1 },
      unattributed: { hour: 0, day: 0 },
    });
  });

  it("counts once what is tried again, and gives it as a page", async () => {
    const before = await hits();
    relay.holdReplies();
    const asked = ask("", CHROME);
    await until("it is counted", async () => (await hits()) === before + 1, { everyMs: 20 });
    relay.reset();
    const { status, body } = await asked;
    expect([status, await hits()]).toEqual([200, before + 1]);
    expect(body).toContain(`<span class="hits">${before + 1}</span>`);
  });

  it("counts nothing by what a page asks for", async () => {
    const before = await hits();
    for (const path of ["hits", "p/about?count=false", "?count=false"]) {
      expect((await ask(path, "application/json")).status).toBe(200);
    }
    expect(await hits()).toBe(before);
  });
});
