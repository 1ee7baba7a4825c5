import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Redis } from "ioredis";
import { type Counter, startCounterOnPort } from "../../support/counters.ts";
import { type NginxServer, startNginxServer } from "../../support/nginxServer.ts";
import { type RawAnswers, sendRaw } from "../../support/rawRequests.ts";
import { type RedisServer, startRedisServer } from "../../support/redisServer.ts";

let redis: RedisServer;
let client: Redis;
let counter: Counter;
let nginx: NginxServer;
/** Clients that never finish what they send; they are given up while all else is tried. */
let unfinished: Record<"headers" | "headersToNginx" | "body", Promise<RawAnswers>>;

const HOST = "Host: counter\r\n";
const get = (path: string, more = "", version = "HTTP/1.1") => `GET ${path} ${version}\r\n${HOST}${more}\r\n`;

beforeAll(async () => {
  redis = await startRedisServer();
  client = new Redis({ port: redis.port });
  // It gives up a client 5 seconds after it would an idle connection, when Node.js looks next: every 30 seconds.
  counter = await startCounterOnPort({ ...redis.env, KEEP_ALIVE_SECONDS: "1" });
  nginx = await startNginxServer([`127.0.0.1:${counter.port}`]);
  unfinished = {
    headers: sendRaw(counter.port, [`GET / HTTP/1.1\r\n${HOST}X: `], { closes: true }),
    // A byte each second, for longer than nginx waits.
    headersToNginx: sendRaw(portOf(nginx), [`GET / HTTP/1.1\r\n${HOST}X: `, ...Array(60).fill("x")], {
      closes: true,
      pauseMs: 1000,
    }),
    body: sendRaw(portOf(nginx), [`${get("/", "Content-Length: 5\r\n")}hell`], { closes: true }),
  };
}, 600_000);
afterAll(async () => {
  await nginx?.remove();
  await counter?.end("SIGKILL");
  client?.disconnect();
  await redis?.remove();
});

const portOf = ({ url }: NginxServer) => Number(new URL(url).port);
const total = async () => Number(await client.get("hits"));

/** What is sent, the statuses that the counter answers it with, those that nginx before it does, and hits. */
interface Row {
  send: string | string[];
  counter: number[];
  nginx?: number[];
  /** What the counter counts. Each 200, if nothing is said. */
  hits?: number;
  /** Whether the connection is closed then. */
  closes?: boolean;
}

const refused = (send: string, counter: number, nginx = counter): Row => ({
  send,
  counter: [counter],
  nginx: [nginx],
  hits: 0,
});

const answered: Record<string, Row> = {
  "a client that sends a byte at a time": { send: [...get("/")], counter: [200] },
  "a body on GET": { send: `${get("/", "Content-Length: 5\r\n")}hello${get("/")}`, counter: [200, 200] },
  "a chunked body on GET": {
    send: `${get("/", "Transfer-Encoding: chunked\r\n")}5\r\nhello\r\n0\r\n\r\n${get("/")}`,
    counter: [200, 200],
  },
  "a large body on GET": {
    send: `${get("/", "Content-Length: 100000\r\n")}${"x".repeat(100_000)}`,
    counter: [200],
    nginx: [413],
  },
  "pipelined requests": {
    send: get("/") + get("/hits") + get("/") + get("/nowhere") + get("/"),
    counter: [200, 200, 200, 404, 200],
    hits: 3,
  },
  "Connection: close": { send: get("/", "Connection: close\r\n"), counter: [200], closes: true },
  "HTTP/1.0": { send: "GET / HTTP/1.0\r\n\r\n", counter: [200], closes: true },
  "HTTP/1.0 on a connection that is kept": {
    send: get("/", "Connection: keep-alive\r\n", "HTTP/1.0").repeat(2),
    counter: [200, 200],
    closes: false,
  },
  "a query": { send: get("/?who=%00me"), counter: [200] },
  "a badge": {
    send: get("/badge.svg") + get("/badge.svg?label=%3Ca%3E+b&style=social"),
    counter: [200, 200],
  },
  "a badge in the absolute form": { send: get("http://counter/badge.svg?color=red"), counter: [200] },
  "the absolute form": { send: get("http://counter/"), counter: [200] },
  "Expect: 100-continue": {
    send: `${get("/", "Expect: 100-continue\r\nContent-Length: 2\r\n")}hi`,
    counter: [200],
  },
  "an upgrade to another protocol": {
    send: get("/", "Connection: Upgrade\r\nUpgrade: websocket\r\n"),
    counter: [200],
  },
  "an Accept that is all but too long": {
    send: get("/", `Accept: ${"a/b,".repeat(1900)}text/html\r\n`),
    counter: [200],
  },
  "an Accept of odd bytes": { send: get("/", "Accept: text/html;q=\xff\xfe\r\n"), counter: [200] },
  "an Accept that Node.js refuses": {
    send: get("/", "Accept: text/html\x01\r\n"),
    counter: [400],
    nginx: [200],
  },
  "two Accepts": {
    send: get("/", "Accept: text/html\r\nAccept: application/json\r\n"),
    counter: [200],
  },
  "a query that shows the number": refused(get("/?count=false"), 200),
  "a query that shows it among others": refused(get("/?utm=1&count=false"), 200),
  "a badge that shows the number": refused(get("/badge.svg?color=red&count=false"), 200),
  "a badge that can't be": refused(get("/badge.svg?label=%FF"), 400),
  "a badge with a huge query": refused(get(`/badge.svg?label=${"x".repeat(2000)}`), 400),
  "a badge with a query that nobody takes": refused(get(`/badge.svg?label=${"x".repeat(40_000)}`), 431, 414),
  HEAD: refused(`HEAD / HTTP/1.1\r\n${HOST}\r\n`, 200),
  "/hits": refused(get("/hits"), 200),
  "/health": refused(get("/health"), 200),
  "more after Connection: close": {
    send: get("/", "Connection: close\r\n") + get("/"),
    counter: [400],
    nginx: [200],
  },
  "a huge header": refused(get("/", `X: ${"x".repeat(40_000)}\r\n`), 431, 400),
  "headers of 14 kB, a line of 7": {
    send: get("/", `X: ${"x".repeat(7_000)}\r\nY: ${"y".repeat(7_000)}\r\n`),
    counter: [200],
  },
  "headers of more than 16 kB": refused(get("/", `X: ${"x".repeat(5_000)}\r\n`.repeat(4)), 431, 400),
  "a header line of more than 8 kB": {
    send: get("/", `X: ${"x".repeat(9_000)}\r\n`),
    counter: [200],
    nginx: [400],
  },
  "a body of more than 1 kB": {
    send: `${get("/", "Content-Length: 1025\r\n")}${"x".repeat(1025)}`,
    counter: [200],
    nginx: [413],
  },
  "a chunked body of more than 1 kB": {
    send: `${get("/", "Transfer-Encoding: chunked\r\n")}401\r\n${"x".repeat(1025)}\r\n0\r\n\r\n`,
    counter: [200],
    nginx: [413],
  },
  "a huge path": refused(get(`/${"x".repeat(40_000)}`), 431, 414),
  "no Host": refused("GET / HTTP/1.1\r\n\r\n", 400),
  "two lengths of one body": refused(get("/", "Content-Length: 5\r\nContent-Length: 6\r\n"), 400),
  "what is not HTTP": refused("hello\r\n\r\n", 400),
  "HTTP/2": refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
  "another method": refused(`POST / HTTP/1.1\r\n${HOST}Content-Length: 2\r\n\r\nhi`, 405),
  "a method in small letters": refused(`get / HTTP/1.1\r\n${HOST}\r\n`, 400),
  // Node.js closes the connection of one who asks for a tunnel.
  CONNECT: { send: `CONNECT x:80 HTTP/1.1\r\n${HOST}\r\n`, counter: [], nginx: [400], hits: 0, closes: true },
};

/** Paths that are not `/`, by the statuses of the counter and of nginx. */
const paths: [counter: number, nginx: number, paths: string[]][] = [
  [
    404,
    404,
    ["/favicon.ico", "//", "/.", "/./", "/x/..", "/%2f", "/%2e", "/;", "/HITS", "/hits/", "/health/"],
  ],
  [
    404,
    404,
    ["//metrics", "/badge.svg/", "/Badge.svg", "/hits/../metrics", "/hits/..%2fmetrics", "/%6detrics"],
  ],
  [404, 400, ["/..", "/%", "/%zz", "/%00", "*"]],
  [400, 404, ["/\u00e4"]],
  [400, 400, ["/ /", "x", ""]],
  [200, 404, ["/metrics", "/ready"]],
];
for (const [counterStatus, nginxStatus, each] of paths) {
  for (const path of each) answered[`the path "${path}"`] = refused(get(path), counterStatus, nginxStatus);
}

describe.each(["the counter", "nginx before it"] as const)("%s answers as it should", (which) => {
  it.each(Object.entries(answered))("%s", async (_title, row) => {
    const direct = which === "the counter";
    const expected = direct ? row.counter : (row.nginx ?? row.counter);
    const before = await total();
    const pieces = typeof row.send === "string" ? [row.send] : row.send;
    const port = direct ? counter.port : portOf(nginx);
    const { answers, closed } = await sendRaw(port, pieces, {
      answers: expected.length,
      closes: row.closes ?? false,
    });
    const counted = (await total()) - before;
    const hits = row.hits ?? expected.filter((status) => status === 200).length;
    expect([answers.map(({ status }) => status), counted]).toEqual([expected, hits]);
    if (row.closes !== undefined) expect(closed).toBe(row.closes);
    // No answer of an error is empty, but for those that Node.js and nginx give themselves.
    for (const { status, body } of answers) if (status === 404 || status === 405) expect(body).not.toBe("");
  });
});

describe("a client that never finishes", () => {
  it("its headers is told so, and not counted", async () => {
    const { answers, closed } = await unfinished.headers;
    expect([answers.map(({ status }) => status), closed]).toEqual([[408], true]);
  });

  it("its headers is given up by nginx, however often it sends a byte, and not counted", async () => {
    expect(await unfinished.headersToNginx).toEqual({ answers: [], closed: true });
  });

  it("its body is given up by nginx, and not counted", async () => {
    expect(await unfinished.body).toEqual({ answers: [], closed: true });
  });
});
