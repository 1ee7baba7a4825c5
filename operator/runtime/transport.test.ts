import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import type { Access } from "./credentials.ts";
import { createTransport, type Transport } from "./transport.ts";

let server: Server | undefined;
let transport: Transport | undefined;

afterEach(async () => {
  await transport?.close();
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
});

/** A transport to a server that answers as told, and the accesses that were found refused. */
async function setUp(listener: RequestListener, base = "") {
  const http = createServer(listener);
  server = http;
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}${base}`;
  const refused: Access[] = [];
  const access = async (): Promise<Access> => ({
    server: url,
    proxy: undefined,
    tls: {},
    headers: { authorization: `Bearer ${refused.length}` },
  });
  const answers: string[] = [];
  const made = createTransport(
    { access, refused: (each) => refused.push(each) },
    { userAgent: "test", onAnswer: (method, code) => answers.push(`${method} ${code}`) },
  );
  transport = made;
  return { transport: made, refused, answers };
}

const stream = (more = {}) => ({
  query: {},
  silenceMs: 60_000,
  signal: new AbortController().signal,
  ...more,
});

describe("the transport", () => {
  it("asks again with a new token when one is refused, and then takes the answer as it is", async () => {
    const tokens: (string | undefined)[] = [];
    const { transport, refused } = await setUp((request, response) => {
      tokens.push(request.headers.authorization);
      response.writeHead(request.url === "/never" || tokens.length === 1 ? 401 : 200).end();
    });
    expect((await transport.request("GET", "/once", {})).status).toBe(200);
    expect(tokens).toEqual(["Bearer 0", "Bearer 1"]);
    expect((await transport.request("GET", "/never", {})).status).toBe(401);
    expect(tokens).toHaveLength(4);
    expect(refused).toHaveLength(2);
  });

  it("tells the status of each answer, and when none came", async () => {
    const { transport, answers } = await setUp((request, response) => {
      if (request.method === "DELETE") {
        request.socket.resetAndDestroy();
      } else {
        response.writeHead(503).end();
      }
    });
    await transport.request("GET", "/", {});
    await expect(transport.request("DELETE", "/", {})).rejects.toThrow("DELETE /");
    expect(answers).toEqual(["GET 503", "DELETE <error>"]);
  });

  it("keeps the path of a server that lies behind another", async () => {
    const { transport } = await setUp((request, response) => response.end(request.url), "/k8s/clusters/one/");
    expect((await transport.request("GET", "/version", {})).body).toBe("/k8s/clusters/one/version");
  });

  it("gives lines as they come, whole, however they are cut up", async () => {
    const { transport } = await setUp(async (_request, response) => {
      const bytes = Buffer.from('{"a":"é"}\n\n{"b":2}\n{"cut');
      for (const byte of bytes) {
        response.write(Buffer.from([byte]));
        await new Promise(setImmediate);
      }
      response.end();
    });
    const lines: string[] = [];
    for await (const line of transport.lines("/", stream())) {
      lines.push(line);
    }
    expect(lines).toEqual(['{"a":"é"}', '{"b":2}']);
  });

  it("fails a stream that falls silent", async () => {
    const { transport } = await setUp((_request, response) => response.write("first\n"));
    const lines = transport.lines("/", stream({ silenceMs: 100 }))[Symbol.asyncIterator]();
    expect(await lines.next()).toMatchObject({ value: "first" });
    await expect(lines.next()).rejects.toThrow("Body Timeout");
  });

  it("opens new connections for what comes after a silence, as those that idle may be dead too", async () => {
    const ports: (number | undefined)[] = [];
    const { transport } = await setUp((request, response) => {
      ports.push(request.socket.remotePort);
      if (request.url === "/silent") {
        response.write("first\n");
      } else {
        response.end();
      }
    });
    const ask = () => transport.request("GET", "/", {});
    await ask();
    const lines = transport.lines("/silent", stream({ silenceMs: 100 }))[Symbol.asyncIterator]();
    await lines.next();
    await expect(lines.next()).rejects.toThrow("Body Timeout");
    await ask();
    expect(ports).toHaveLength(3);
    expect(ports[2]).not.toBe(ports[0]);
  });

  it("asks for the next stream over the connection of the one that ended", async () => {
    const ports = new Set<number | undefined>();
    const { transport } = await setUp((request, response) => {
      ports.add(request.socket.remotePort);
      response.end("line\n");
    });
    for (let round = 0; round < 5; round += 1) {
      for await (const line of transport.lines("/", stream())) expect(line).toBe("line");
    }
    expect(ports.size).toBe(1);
  });

  it("fails a stream that breaks off", async () => {
    const { transport } = await setUp((request, response) => {
      response.write("first\n", () => request.socket.resetAndDestroy());
    });
    const lines = transport.lines("/", stream())[Symbol.asyncIterator]();
    await expect(lines.next().then(() => lines.next())).rejects.toThrow();
  });

  it("throws the refusal of a stream, with how long to wait", async () => {
    const { transport } = await setUp((_request, response) => {
      response.writeHead(429, { "retry-after": "5" }).end("too many");
    });
    await expect(transport.lines("/", stream())[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      statusCode: 429,
      retryAfterSeconds: 5,
    });
  });

  it("ends a stream when its signal aborts", async () => {
    const stop = new AbortController();
    const { transport } = await setUp((_request, response) => response.write("first\n"));
    const lines = transport.lines("/", stream({ signal: stop.signal }))[Symbol.asyncIterator]();
    await lines.next();
    const next = lines.next();
    stop.abort();
    await expect(next).rejects.toThrow("aborted");
  });
});
