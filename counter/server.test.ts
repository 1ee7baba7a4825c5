import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "@jest/globals";
import type { AppOptions } from "./app.ts";
import type { Hits } from "./hits.ts";
import { recognise } from "./recognise.ts";
import { type ServedApp, serveApp } from "./testing/serveApp.ts";
import { Unavailable } from "./unavailable.ts";

let app: ServedApp | undefined;
afterEach(() => app?.close());

const setUp = async (hits: Partial<Hits> = {}, more: Partial<AppOptions> = {}, keepAliveMs = 75_000) => {
  app = await serveApp(hits, more);
  app.server.keepAliveTimeout = keepAliveMs;
  return app;
};

const HIT = `GET / HTTP/1.1\r\nX-Real-IP: 10.0.0.7\r\nX-Request-ID: ${"0123456789abcdef".repeat(2)}\r\nHost: counter\r\n\r\n`;
/** The same in a form that nginx does not send. */
const OTHER = HIT.replace("X-Real-IP", "x-real-ip");

/** A client, and all that it has been sent. */
const client = (port: number) => {
  const socket = connect(port, "127.0.0.1").on("error", () => {});
  let reply = "";
  socket.setEncoding("latin1").on("data", (text: string) => {
    reply += text;
  });
  const closed = new Promise<string>((resolve) => {
    socket.on("close", () => resolve(reply.replaceAll(/Date: .*/g, "Date")));
  });
  const answers = () => reply.split("HTTP/1.1 ").length - 1;
  const answered = async (times: number) => {
    while (answers() < times) await sleep(2);
  };
  return { socket, closed, answered };
};

describe("a request in nginx's form", () => {
  it("is recognised", () => {
    expect(recognise(Buffer.from(HIT))).toEqual({ id: "0123456789abcdef".repeat(2), address: "10.0.0.7" });
    expect(recognise(Buffer.from(OTHER))).toBeUndefined();
  });

  it.each<[string, Partial<Hits>, Partial<AppOptions>]>([
    ["there is a number", {}, {}],
    ["there is none", { next: () => Promise.reject(new Unavailable("patience", "Away.")) }, {}],
    [
      "the count has gone back",
      { next: () => Promise.reject(new Unavailable("lost", "Lost.", { from: 9, to: 2 })) },
      {},
    ],
    ["a bug strikes", { next: () => Promise.reject(new Error("a bug")) }, {}],
    ["the message is not ASCII", {}, { message: "№ {hits}" }],
    ["the counter stops", {}, { stopping: () => true }],
  ])("is answered as in any other form where %s", async (_what, hits, more) => {
    const fates = [];
    for (const request of [HIT, OTHER]) {
      const { port, close, ask } = await setUp(hits, more);
      const { socket, closed, answered } = client(port);
      socket.write(request);
      await answered(1);
      const metrics = (await (await ask("/metrics")).text()).split("\n").filter((line) => /total/.test(line));
      socket.destroy();
      fates.push([await closed, metrics]);
      await close();
    }
    expect(fates[0]).toEqual(fates[1]);
  });

  it("has the number that its id had before, and tells who it is from", async () => {
    const told: unknown[] = [];
    const { port } = await setUp({
      next: async (_wanted, hit) => {
        told.push(hit);
        return 1;
      },
    });
    const { socket, answered } = client(port);
    socket.write(HIT);
    await answered(1);
    expect(told).toEqual([{ id: "0123456789abcdef".repeat(2), retry: false, address: "10.0.0.7" }]);
    socket.destroy();
  });

  it("is answered before what came behind it, which is Node.js's", async () => {
    let answer = (_number: number) => {};
    const first = new Promise<number>((resolve) => {
      answer = resolve;
    });
    let asked = 0;
    const { port, ask } = await setUp({ next: () => (++asked === 1 ? first : Promise.resolve(asked)) });
    const { socket, closed, answered } = client(port);
    socket.write(HIT);
    while (asked === 0) await sleep(2);
    socket.write(HIT);
    await ask("/health");
    socket.write(OTHER + HIT);
    await ask("/health");
    expect(asked).toBe(1);
    answer(1);
    await answered(4);
    socket.destroy();
    expect((await closed).match(/hit \d/g)).toEqual(["hit 1", "hit 2", "hit 3", "hit 4"]);
  });

  it("is not wanted any more when its client has left", async () => {
    let wanted = () => true;
    const { port } = await setUp({
      next: (asked = wanted) => {
        wanted = asked;
        return new Promise(() => {});
      },
    });
    const before = wanted;
    const { socket } = client(port);
    socket.write(HIT);
    while (wanted === before) await sleep(2);
    expect(wanted()).toBe(true);
    socket.destroy();
    while (wanted()) await sleep(2);
  });
});

describe("a connection on which requests were recognised", () => {
  it("is closed once it has idled for as long as it is kept", async () => {
    const { port } = await setUp({}, {}, 100);
    const { socket, closed } = client(port);
    socket.write(HIT);
    expect(await closed).toContain("hit 1 times");
  });

  it("is closed with the idle ones, and another's request is answered first", async () => {
    let answer = (_number: number) => {};
    const second = new Promise<number>((resolve) => {
      answer = resolve;
    });
    let asked = 0;
    const { port, server } = await setUp({ next: async () => (++asked === 1 ? 1 : second) });
    const [idle, busy] = [client(port), client(port)];
    idle.socket.write(HIT);
    await idle.answered(1);
    busy.socket.write(HIT);
    while (asked < 2) await sleep(2);
    server.close();
    expect(await idle.closed).toContain("hit 1 times");
    answer(2);
    await busy.answered(1);
    server.closeIdleConnections();
    expect(await busy.closed).toContain("hit 2 times");
  });

  it("is cut with all", async () => {
    const { port, server } = await setUp({ next: () => new Promise(() => {}) });
    const { socket, closed } = client(port);
    socket.write(HIT);
    while (
      (await new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)))) === 0
    ) {
      await sleep(2);
    }
    server.closeAllConnections();
    expect(await closed).toBe("");
  });

  it("is left to Node.js when it says nothing, and is answered all the same", async () => {
    const { port } = await setUp();
    const { socket, answered } = client(port);
    await sleep(1100);
    socket.write(HIT);
    await answered(1);
    socket.destroy();
  });
});
