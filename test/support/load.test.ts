import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import { type LoadOptions, startLoad } from "./load.ts";
import type { LoadReport } from "./loadReport.ts";
import { until } from "./until.ts";

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

const serve = async (listener: RequestListener) => {
  const made = createServer(listener);
  server = made;
  await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}/`;
};

/** A server that counts without a fault, but for what `instead` answers of its own. */
const counting = (instead: (hit: number, ...args: Parameters<RequestListener>) => boolean = () => false) => {
  let hits = 0;
  const listener: RequestListener = (request, response) => {
    hits += 1;
    if (!instead(hits, request, response)) response.end(`we have hit ${hits} times\n`);
  };
  return { listener, hits: () => hits };
};

/** The report of a load that ran until so many of its requests were answered or had failed, and until `holds`. */
const loadOf = async (
  requests: number,
  url: string,
  { holds = () => true, ...options }: LoadOptions & { holds?: () => boolean } = {},
): Promise<LoadReport> => {
  const load = startLoad(url, options);
  const isEnough = () => load.answered() + load.failed() >= requests && holds();
  await until("enough was sent", isEnough, { everyMs: 10 });
  return await load.stop();
};

/** How often each connection was used. The more come at once as a machine lags behind, the more of them are new. */
const countUses = () => {
  const uses = new Map<Socket, number>();
  const use = ({ socket }: IncomingMessage) => {
    const times = (uses.get(socket) ?? 0) + 1;
    uses.set(socket, times);
    return times;
  };
  const usedMoreThan = (times: number) => [...uses.values()].filter((each) => each > times).length;
  return { use, usedMoreThan };
};

const clean = { non200: 0, resets: 0, timeouts: 0, own: 0, failures: [], twice: [], crossed: 0 };

describe("a load on a server without a fault", () => {
  it("finds none, and sends at its rate, half of it over connections of their own", async () => {
    const fresh = countUses();
    const kept = countUses();
    const { listener, hits } = counting((_hit, request) => {
      (request.headers.connection === "close" ? fresh : kept).use(request);
      return false;
    });
    const url = await serve(listener);
    const began = performance.now();
    const report = await loadOf(400, url, { rate: 200, keptAlive: 10 });
    const seconds = (performance.now() - began) / 1000;

    expect(report).toMatchObject(clean);
    expect(report.numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: hits() }, (_, i) => i + 1));
    expect(report.requests).toBe(hits());
    expect(seconds).toBeGreaterThan(1.9);
    expect(fresh.usedMoreThan(0)).toBe(Math.floor(report.requests / 2));
    expect(fresh.usedMoreThan(1)).toBe(0);
    expect(kept.usedMoreThan(1)).toBeGreaterThan(0);
    expect(report.slowestMs).toBeGreaterThanOrEqual(report.p99Ms);
    expect(report.p99Ms).toBeGreaterThanOrEqual(report.medianMs);
  });

  it("uses each kept connection in its turn, and none for two requests at once", async () => {
    const busy = new Set<Socket>();
    const { use, usedMoreThan } = countUses();
    let pipelined = 0;
    const url = await serve((request, response) => {
      const { socket } = request;
      if (busy.has(socket)) pipelined += 1;
      busy.add(socket);
      use(request);
      setTimeout(() => {
        busy.delete(socket);
        response.end("hit 1");
      }, 15);
    });
    await loadOf(200, url, { fresh: 0, keptAlive: 5, holds: () => usedMoreThan(10) > 1 });
    expect(pipelined).toBe(0);
  });

  it("never uses a connection again whose close was announced", async () => {
    const announced = new Set<Socket>();
    let ignored = 0;
    const { listener } = counting((hit, { socket }, response) => {
      if (announced.has(socket)) ignored += 1;
      if (hit % 5 === 0) {
        announced.add(socket);
        response.setHeader("Connection", "close");
      }
      return false;
    });
    const report = await loadOf(200, await serve(listener), { fresh: 0 });
    expect(report).toMatchObject(clean);
    expect(announced.size).toBeGreaterThan(10);
    expect(ignored).toBe(0);
  });
});

describe("a load on a server with faults", () => {
  it("tells each answer other than 200, with what it said and when", async () => {
    const { listener } = counting((hit, _request, response) => {
      if (hit % 10 !== 0) return false;
      response.writeHead(503).end("not now\n");
      return true;
    });
    const { requests, non200, failures, numbers, ...report } = await loadOf(100, await serve(listener));
    expect(non200).toBe(Math.floor(requests / 10));
    expect(numbers).toHaveLength(requests - non200);
    expect(failures).toHaveLength(non200);
    expect(failures[0]).toMatch(/^\d+\.\d s: 503 not now, after \d+ ms over (a new connection|a kept one)$/);
    expect(report).toMatchObject({ resets: 0, timeouts: 0, own: 0, twice: [], crossed: 0 });
  });

  it("tells an answer 200 without a number", async () => {
    const { listener } = counting((hit, _request, response) => {
      if (hit === 7) response.end("hello\n");
      return hit === 7;
    });
    expect(await loadOf(20, await serve(listener))).toMatchObject({
      ...clean,
      non200: 1,
      failures: [/hello/],
    });
  });

  it("tells each connection that was reset, refused or cut in an answer", async () => {
    const { listener } = counting((hit, { socket }, response) => {
      if (hit === 11) socket.resetAndDestroy();
      if (hit === 12)
        response.writeHead(200, { "Content-Length": 100 }).write("hit 1", () => socket.destroy());
      return hit === 11 || hit === 12;
    });
    const report = await loadOf(40, await serve(listener), { fresh: 1 });
    expect(report).toMatchObject({ ...clean, resets: 2, failures: expect.anything() });
    server?.closeAllConnections();
    await new Promise((resolve) => server?.close(resolve));
    const url = `http://127.0.0.1:${await freedPort()}/`;
    const refused = await loadOf(10, url);
    expect(refused.resets).toBe(refused.requests);
    expect(refused.failures[0]).toContain("ECONNREFUSED");
  });

  it("tells each request that got no answer, or not the whole of it, in time", async () => {
    const { listener } = counting((hit, _request, response) => {
      if (hit === 6) response.writeHead(200).write("hit 1");
      return hit === 5 || hit === 6;
    });
    const report = await loadOf(30, await serve(listener), { timeoutSeconds: 0.3 });
    const { requests, numbers, timeouts, slowestMs } = report;
    expect(report).toMatchObject({
      ...clean,
      timeouts: requests - numbers.length,
      failures: expect.anything(),
    });
    // And those that this machine was too late with.
    expect(timeouts).toBeGreaterThanOrEqual(2);
    expect(slowestMs).toBeGreaterThanOrEqual(299);
  });

  it("tells each number that was given twice", async () => {
    const { listener } = counting((hit, _request, response) => {
      if (hit === 9) response.end("we have hit 4 times\n");
      return hit === 9;
    });
    expect(await loadOf(20, await serve(listener))).toMatchObject({ ...clean, twice: [4] });
  });
});

describe("a kept connection that the server closes as the next request comes", () => {
  it("is no failure: the request goes again over a new connection, and is told of", async () => {
    const { use, usedMoreThan } = countUses();
    const { listener, hits } = counting((_hit, request) => {
      const isLast = use(request) === 3;
      if (isLast) request.socket.resetAndDestroy();
      return isLast;
    });
    const holds = () => usedMoreThan(2) > 5;
    const report = await loadOf(100, await serve(listener), { fresh: 0, keptAlive: 5, holds });
    expect(report).toMatchObject({ ...clean, crossed: usedMoreThan(2) });
    // The server had counted them: that is seen in the count.
    expect(hits() - report.numbers.length).toBe(report.crossed);
  });

  it("is a failure when the new connection fails too", async () => {
    const { use, usedMoreThan } = countUses();
    const { listener } = counting((_hit, request) => {
      // From the first one that is used again, all are reset.
      const isReset = use(request) > 1 || usedMoreThan(1) > 0;
      if (isReset) request.socket.resetAndDestroy();
      return isReset;
    });
    const holds = () => usedMoreThan(1) > 0;
    const report = await loadOf(5, await serve(listener), { fresh: 0, rate: 20, holds });
    expect(report.crossed).toBe(usedMoreThan(1));
    expect(report).toMatchObject({ resets: report.requests - report.numbers.length, timeouts: 0, non200: 0 });
    expect(report.resets).toBeGreaterThanOrEqual(report.crossed);
  });
});

async function freedPort(): Promise<number> {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as AddressInfo;
  await new Promise((resolve) => other.close(resolve));
  return port;
}
