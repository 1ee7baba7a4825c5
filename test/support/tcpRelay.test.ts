import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import { startTcpRelay } from "./tcpRelay.ts";
import { until } from "./until.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A server that answers each piece of bytes with as many dots, a relay to it, and how to connect to that. */
const start = async () => {
  const heard: string[] = [];
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.setEncoding("utf8").on("data", (text: string) => {
      heard.push(text);
      socket.write(".".repeat(text.length));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const relay = await startTcpRelay(() => (server.address() as AddressInfo).port);
  cleanups.push(() => server.close(), relay.close);
  const visit = async () => {
    const socket = connect(relay.port, "127.0.0.1");
    cleanups.push(() => socket.destroy());
    const seen = { text: "", end: "" };
    socket.setEncoding("utf8").on("data", (text: string) => {
      seen.text += text;
    });
    socket.on("error", ({ message }) => {
      seen.end = message;
    });
    await once(socket, "connect");
    return { socket, seen };
  };
  return { relay, heard, visit };
};

const ask = async ({ socket, seen }: { socket: Socket; seen: { text: string } }, text: string) => {
  const before = seen.text.length;
  socket.write(text);
  await until("an answer", () => seen.text.length === before + text.length, { everyMs: 1 });
};

describe("a relay", () => {
  it("passes on both ways", async () => {
    const { heard, visit } = await start();
    await ask(await visit(), "hello");
    expect(heard).toEqual(["hello"]);
  });

  it("resets what is open", async () => {
    const { relay, visit } = await start();
    const visitor = await visit();
    await ask(visitor, "hello");
    relay.reset();
    await until("the reset", () => visitor.seen.end.includes("ECONNRESET"), { everyMs: 1 });
    expect(relay.connections()).toBe(0);
  });

  it("cuts a reply in its middle", async () => {
    const { relay, visit } = await start();
    const visitor = await visit();
    await ask(visitor, "a");
    relay.cutMidReply();
    visitor.socket.write("abcdefgh");
    await until("the reset", () => visitor.seen.end.includes("ECONNRESET"), { everyMs: 1 });
    expect(visitor.seen.text).toBe(".....");
  });

  it("holds replies until the reset, however the server ends, on new connections too", async () => {
    const { relay, heard, visit } = await start();
    const [old, other] = [await visit(), await visit()];
    relay.holdReplies();
    const fresh = await visit();
    for (const { socket } of [old, fresh]) socket.write("abc");
    await until("both requests", () => heard.length === 2, { everyMs: 1 });
    other.socket.end();
    relay.reset();
    for (const { seen } of [old, fresh]) {
      await until("the reset", () => seen.end.includes("ECONNRESET"), { everyMs: 1 });
      expect(seen.text).toBe("");
    }
    await ask(await visit(), "hello");
  });

  it("delivers held bytes after all, though their sender has gone and another connection worked", async () => {
    const { relay, heard, visit } = await start();
    const first = await visit();
    await ask(first, "a");
    relay.hold();
    first.socket.end("late");
    await ask(await visit(), "new");
    relay.release();
    await until("the late bytes", () => heard.length === 3, { everyMs: 1 });
    expect(heard).toEqual(["a", "new", "late"]);
  });
});
