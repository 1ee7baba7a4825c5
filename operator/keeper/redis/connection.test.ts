import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import { manualClock } from "../../runtime/testing/manualClock.ts";
import { type Connection, connectTo, NoReply, reconnectMs } from "./connection.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A node that answers each command with the text that `answer` returns for its first word, or not at all. */
const startNode = async (answer: (name: string) => string | undefined) => {
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).setEncoding("utf8");
    socket.on("data", (text: string) => {
      for (const [, name = ""] of text.matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g)) {
        heard.push(name.toLowerCase());
        const said = name.toLowerCase() === "client" ? "+OK" : answer(name.toLowerCase());
        if (said !== undefined) socket.write(`${said}\r\n`);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const clock = manualClock();
  const changed: (() => void)[] = [];
  const connection = connectTo({
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    readCredentials: () => ({ username: "web-redis-0", password: "secret" }),
    clock,
    random: () => 0,
    onChange: () => changed.splice(0).forEach((callback) => void callback()),
  });
  cleanups.push(connection.close);
  const change = () => new Promise<void>((resolve) => void changed.push(resolve));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return { heard, clock, connection, change, cut };
};
const ping = (connection: Connection, ms = 1_000) => connection.exchange(ms, (send) => send([["ping"]]));
const noReply = async (said: Promise<unknown>): Promise<NoReply> => {
  const error = await said.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof NoReply)) throw new Error(`${String(error)} is no missing answer`);
  return error;
};
const good = (name: string) => (name === "auth" ? "+OK" : "+PONG");

describe("a connection to a node", () => {
  it("says nothing while there is none, and does not keep it for later", async () => {
    const { connection, change, heard } = await startNode(good);
    expect((await noReply(ping(connection))).mayHaveActed).toBe(false);
    await change();
    expect(heard).not.toContain("ping");
    expect(await ping(connection)).toEqual(["PONG"]);
  });

  it("gives up an answer that does not come in time, and is made anew", async () => {
    const { connection, change, clock, heard } = await startNode((name) =>
      name === "auth" ? "+OK" : undefined,
    );
    await change();
    const said = noReply(connection.exchange(1_000, (send) => send([["ping"]], "acts")));
    const isAgain = change().then(change);
    await new Promise(setImmediate);
    clock.advance(1_000);
    expect((await said).mayHaveActed).toBe(true);
    await isAgain;
    expect(heard.filter((name) => name === "ping").length).toBeLessThanOrEqual(1);
    expect(heard.filter((name) => name === "auth")).toHaveLength(2);
    expect(clock.waiting).toBe(0);
  });

  it("sends no second step once it is too late for that", async () => {
    const { connection, change, clock, heard } = await startNode(good);
    await change();
    const isHalf = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const second = Promise.withResolvers<unknown>();
    const said = noReply(
      connection.exchange(1_000, async (send) => {
        await send([["ping"]]);
        isHalf.resolve();
        await goOn.promise;
        await send([["echo", "late"]], "acts").catch(second.resolve);
      }),
    );
    await isHalf.promise;
    const isAgain = change().then(change);
    clock.advance(1_000);
    expect((await said).mayHaveActed).toBe(false);
    await isAgain;
    goOn.resolve();
    expect(await second.promise).toBeInstanceOf(NoReply);
    expect(heard).not.toContain("echo");
  });

  it("lets one exchange end before the next begins", async () => {
    const { connection, change, heard } = await startNode(good);
    await change();
    await Promise.all(
      [1, 2].map((which) =>
        connection.exchange(1_000, async (send) => {
          await send([[`begin${which}`]]);
          await send([[`end${which}`]]);
        }),
      ),
    );
    expect(heard.slice(-4)).toEqual(["begin1", "end1", "begin2", "end2"]);
  });

  it("may have acted where it is lost in the middle", async () => {
    const { connection, change, cut } = await startNode((name) => (name === "auth" ? "+OK" : undefined));
    await change();
    const said = noReply(connection.exchange(60_000, (send) => send([["multi"], ["exec"]], "acts")));
    await new Promise(setImmediate);
    cut();
    expect((await said).mayHaveActed).toBe(true);
  });

  it("tells of a node that refuses who speaks, between its attempts too", async () => {
    const { connection, change } = await startNode((name) =>
      name === "auth" ? "-WRONGPASS invalid username-password pair" : "-NOAUTH Authentication required.",
    );
    await change();
    await expect(ping(connection)).rejects.toThrow("WRONGPASS");
  });
});

it("is tried again after a wait that doubles up to half a second, and is drawn", () => {
  expect([1, 2, 3, 10, 50].map((failures) => reconnectMs(failures, () => 0))).toEqual([
    12.5, 25, 50, 250, 250,
  ]);
  expect(reconnectMs(50, () => 0.999)).toBeLessThan(500);
});
