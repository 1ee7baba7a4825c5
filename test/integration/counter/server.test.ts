import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from "node:net";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { recognise } from "../../../counter/recognise.ts";
import { type ServedApp, serveApp } from "../../../counter/testing/serveApp.ts";
import { tell } from "../../support/findings.ts";
import { startNginxServer } from "../../support/nginxServer.ts";
import { type Random, randomFrom } from "../../support/random.ts";
import { sizeOf } from "../../support/size.ts";
import { until } from "../../support/until.ts";

const inputs = sizeOf("SERVER_INPUTS", { test: 5000, soak: 100_000 });
const seed = Number(process.env.SERVER_SEED ?? Date.now() % 1_000_000);
const AT_ONCE = 50;

/** What counts, and takes a turn for it as Redis does. */
const counts: number[] = [];
const counting = () => {
  const mine = counts.push(0) - 1;
  const next = async () => {
    await turns(1);
    counts[mine] = (counts[mine] ?? 0) + 1;
    return counts[mine];
  };
  return { next };
};

/** The counter's own server, and Node.js's with the same app. */
const servers: ServedApp[] = [];
const nodes = { optimizeEmptyRequests: true, keepAliveTimeout: 75_000 };
beforeAll(async () => {
  const own = await serveApp(counting());
  servers.push(own, await serveApp(counting(), {}, ({ listener }) => createServer(nodes, listener)));
  for (const { server } of servers) server.keepAliveTimeout = nodes.keepAliveTimeout;
});
afterAll(() => Promise.all(servers.map(({ close }) => close())));

const hit = (random: Random) => {
  const id = Array.from({ length: 32 }, () => random.below(16).toString(16)).join("");
  const address = random.pick(["127.0.0.1", "10.1.255.7", "::1", "2001:db8::7:8"]);
  // Now and then by a browser, for which nginx sends one header more.
  const accept = random.below(8) === 0 ? "Accept: text/html,*/*;q=0.8\r\n" : "";
  return `GET / HTTP/1.1\r\nX-Real-IP: ${address}\r\nX-Request-ID: ${id}\r\n${accept}Host: counter\r\n\r\n`;
};

/** Requests that nobody would take for a hit by nginx, or all but. */
const others = [
  "GET /hits HTTP/1.1\r\nHost: counter\r\n\r\n",
  "GET / HTTP/1.1\r\nHost: counter\r\n\r\n",
  "GET / HTTP/1.0\r\n\r\n",
  "GET /?count=false HTTP/1.1\r\nX-Real-IP: ::1\r\nHost: counter\r\n\r\n",
  "GET / HTTP/1.1\r\nConnection: close\r\nHost: counter\r\n\r\n",
  "GET / HTTP/1.1\r\nAccept: text/html\r\nHost: counter\r\n\r\n",
  "GET / HTTP/1.1\r\nHost: counter\r\nAccept: application/json, */*\r\n\r\n",
  `GET /?count=false HTTP/1.1\r\nHost: counter\r\nAccept: ${"a/b,".repeat(2000)}text/html\r\n\r\n`,
  "GET /p/about HTTP/1.1\r\nHost: counter\r\nAccept: text/html\r\nAccept: application/json;q=\xff\r\n\r\n",
  "POST / HTTP/1.1\r\nHost: counter\r\nContent-Length: 2\r\n\r\nhi",
  "GET /health HTTP/1.1\r\nHost: counter\r\n\r\nGET /hits HTTP/1.1\r\nHost: counter\r\n\r\n",
];

/** Changes a byte or some, by what might lead a careless reader astray. */
const mutate = (text: string, random: Random) => {
  const at = random.below(text.length);
  const other = random.pick([
    "\r",
    "\n",
    "\r\n",
    "\0",
    " ",
    "\t",
    ":",
    "a",
    "F",
    "\u00ff",
    "%",
    "GET / ",
    "",
  ]);
  return text.slice(0, at) + other + text.slice(at + random.below(3));
};

/** What is sent over one connection, in pieces that come one after another. */
const input = (random: Random): string[] => {
  const one = () => hit(random);
  const kinds: (() => string[])[] = [
    () => [one()],
    () => [one(), one(), one()],
    () => [mutate(one(), random)],
    () => [one(), mutate(one(), random)],
    () => [one().slice(0, random.below(130))],
    () => [one() + one()],
    () => [one(), random.pick(others), one()],
    () => [random.pick(others), one()],
    () => [one() + random.pick(others)],
    () => {
      const [whole, at] = [one() + one(), 1 + random.below(200)];
      return [whole.slice(0, at), whole.slice(at)];
    },
  ];
  return random.pick(kinds)();
};

/** What became of a connection: all that came back, but for the time of day, and whether it was closed. */
interface Fate {
  reply: string;
  isClosed: boolean;
}

const open = (port: number) => {
  const socket = connect(port, "127.0.0.1")
    .setNoDelay(true)
    .on("error", () => {});
  const fate: Fate = { reply: "", isClosed: false };
  socket.setEncoding("latin1").on("data", (text: string) => {
    fate.reply += text;
  });
  socket.on("close", () => {
    fate.isClosed = true;
  });
  return { socket, fate };
};

/** Without what may differ: dates; and numbers, as others are counted meanwhile. */
const plain = ({ reply, isClosed }: Fate): Fate => ({
  reply: reply
    .replaceAll(/^Date: .*\r$/gm, "Date\r")
    .replaceAll(/(hit|"hits":|class="hits">)( ?)\d+/g, "$1$2N")
    .replaceAll(/Content-Length: \d+/g, "Content-Length: N"),
  isClosed,
});
const write = (socket: Socket, text: string) =>
  new Promise<void>((done) => {
    if (socket.destroyed) done();
    else socket.write(text, "latin1", () => setImmediate(done));
  });

/** Resolves when a server has answered all that it was sent before: hits have their numbers in turn. */
const barrier = ({ port }: ServedApp) => {
  const { socket, fate } = open(port);
  return {
    async pass() {
      fate.reply = "";
      await write(socket, "GET / HTTP/1.1\r\nHost: counter\r\n\r\n");
      while (!fate.reply.endsWith("times\n")) await turns(1);
    },
    end: () => socket.destroy(),
  };
};

/** Ends a connection from this side, and resolves when the other has read all that was sent to it, or has cut it off. */
const end = (socket: Socket) =>
  new Promise<void>((done) => {
    if (socket.closed) done();
    else socket.once("close", () => done()).end();
  });

const endings: Promise<void>[] = [];

/** Sends an input to both, and waits until both have done the same; what they did where they never do. */
const compare = async (pieces: readonly string[], barriers: readonly { pass(): Promise<void> }[]) => {
  const connections = servers.map(({ port }) => open(port));
  const fates = () => connections.map(({ fate }) => plain(fate));
  const send = async ({ socket }: { socket: Socket }, index: number) => {
    for (const piece of pieces) {
      await write(socket, piece);
      await barriers[index]?.pass();
    }
  };
  await Promise.all(connections.map(send));
  const areSame = () => JSON.stringify(fates()[0]) === JSON.stringify(fates()[1]);
  await until("both have done the same", areSame, { everyMs: 5, withinSeconds: 20 }).catch(() => {
    expect({ pieces, fates: fates()[0] }).toEqual({ pieces, fates: fates()[1] });
  });
  // Not destroyed: what a server has not read by then, it would never count.
  endings.push(...connections.map(({ socket }) => end(socket)));
};
const turns = async (times: number) => {
  for (let turn = 0; turn < times; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

it("what nginx sends for a hit is recognised, of whatever client", async () => {
  const sent: Buffer[] = [];
  const listener = createTcpServer((socket) => {
    socket
      .on("error", () => {})
      .once("data", (bytes) => {
        sent.push(bytes);
        socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      });
  }).listen(0, "127.0.0.1");
  await once(listener, "listening");
  const nginx = await startNginxServer([`127.0.0.1:${(listener.address() as AddressInfo).port}`]);
  try {
    const headers = { "User-Agent": "x".repeat(500), Cookie: "a=b", "X-Request-ID": "mine" };
    for (const path of ["", "?count=false", "p/about"]) await fetch(`${nginx.url}${path}`, { headers });
    for (const Accept of ["image/png,*/*;q=0.5", "text/html"]) {
      await fetch(nginx.url, { headers: { ...headers, Accept } });
    }
    expect(sent.map((bytes) => recognise(bytes) !== undefined)).toEqual([true, false, false, true, false]);
  } finally {
    await nginx.remove();
    listener.close();
  }
});

describe(`the counter's own server and Node.js's (SERVER_SEED=${seed})`, () => {
  it("answer any bytes by the same, and count the same", async () => {
    const random = randomFrom(seed);
    let [left, recognised] = [inputs, 0];
    const sender = async () => {
      const barriers = servers.map(barrier);
      while (left > 0) {
        left -= 1;
        const pieces = input(random);
        recognised += pieces.filter((piece) => recognise(Buffer.from(piece, "latin1"))).length;
        await compare(pieces, barriers);
      }
      for (const { end } of barriers) end();
    };
    await Promise.all(Array.from({ length: AT_ONCE }, sender));
    await Promise.all(endings);
    const [own, node] = counts;
    tell("server", `${inputs} inputs, of them ${recognised} requests recognised: ${own} counted by each`);
    expect(recognised).toBeGreaterThan(inputs / 4);
    expect(own).toBe(node);
  });
});
