import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import { load } from "../../../bench/counter/load.ts";
import { ensureLoadClient } from "../../../bench/counter/peers.ts";
import { freePort } from "../../support/freePort.ts";

// The benchmark's client holds a count against the answers, so it must miss none, whatever a server does.
const server = createServer();
afterEach(() => {
  server.removeAllListeners("request").close().closeAllConnections();
});

const serve = async () => {
  const seen = { ok: 0, other: 0, broken: 0, sum: 0 };
  const ids: (string | undefined)[] = [];
  let requests = 0;
  server.removeAllListeners("request").on("request", (request, response) => {
    const number = ++requests;
    ids.push(request.headers["x-request-id"] as string | undefined);
    if (number % 50 === 0) {
      seen.broken += 1;
      response.destroy();
      return;
    }
    const code = number % 11 === 0 ? 503 : 200;
    seen[code === 200 ? "ok" : "other"] += 1;
    seen.sum += code === 200 ? number : 0;
    const body = `You are number ${number}\n`;
    response.writeHead(code, {
      "Content-Length": body.length,
      ...(number % 7 === 0 && { Connection: "close" }),
    });
    // In two parts, so that an answer is read in pieces; and some come when the time is up.
    response.write(body.slice(0, 15));
    setTimeout(() => response.end(body.slice(15)), number % 13 === 0 ? 700 : 0);
  });
  if (!server.listening) await once(server.listen(0, "127.0.0.1"), "listening");
  return { port: (server.address() as AddressInfo).port, seen, ids };
};

describe("the benchmark's client", () => {
  it("finishes what it began and counts every answer, over connections that end and break", async () => {
    const client = await ensureLoadClient();
    const loadFor = async (seconds: number) => {
      const { port, seen, ids } = await serve();
      return {
        seen,
        ids,
        told: await load({ client, port, connections: 20, seconds, path: "/", form: "nginx" }),
      };
    };
    let loaded = await loadFor(0.5);
    // As long as this machine needs for enough answers, so that each thing happens.
    for (let seconds = 1; loaded.seen.ok <= 100 && seconds < 100; seconds *= 2)
      loaded = await loadFor(seconds);
    const { seen, ids, told } = loaded;
    expect(told).toMatchObject(seen);
    expect(seen.ok).toBeGreaterThan(100);
    expect(told.inTime).toBeLessThan(told.ok);
    expect(told.p99).toBeGreaterThanOrEqual(told.p50);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => /^[0-9a-f]{32}$/.test(id ?? ""))).toBe(true);
  });

  it("ends where nothing serves, and tells that nothing was answered", async () => {
    const client = await ensureLoadClient();
    const port = await freePort();
    const told = await load({ client, port, connections: 1, seconds: 0.1, path: "/", form: "plain" });
    expect(told).toMatchObject({ ok: 0, other: 0 });
    expect(told.broken).toBeGreaterThan(0);
  });
});
