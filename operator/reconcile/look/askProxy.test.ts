import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import { goneBackHeader } from "../../../counter/contract.ts";
import type { KubeClient } from "../../runtime/index.ts";
import { hitCounterWith } from "../../testing/fixtures.ts";
import { askService, askThroughApiServer, noAnswer, targetOf } from "./askProxy.ts";

let server: Server | undefined;
let tcpServer: TcpServer | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  tcpServer?.close();
  tcpServer = undefined;
});

/** Serves as the proxy's Service does, and returns how to ask it. */
async function serviceThat(answers: RequestListener) {
  const listening = createServer(answers);
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  const { port } = listening.address() as AddressInfo;
  const target = targetOf(hitCounterWith(), { spec: { clusterIP: "127.0.0.1", ports: [{ port }] } });
  return () => askService(target, new AbortController().signal).catch(noAnswer);
}

describe("the proxy, asked by its Service,", () => {
  it("reads the count without counting", async () => {
    const paths: (string | undefined)[] = [];
    const ask = await serviceThat(({ url }, response) => {
      paths.push(url);
      response.end('{"hits":42}');
    });
    expect(await ask()).toEqual({ hits: 42 });
    expect(paths).toEqual(["/hits"]);
  });

  it("makes a new connection each time, as a visitor does", async () => {
    const ports = new Set<number | undefined>();
    const ask = await serviceThat(({ socket }, response) => {
      ports.add(socket.remotePort);
      response.end('{"hits":42}');
    });
    for (let round = 0; round < 3; round += 1) await ask();
    expect(ports.size).toBe(3);
  });

  it.each([
    ["is no 200", 503, "no", "the proxy answered 503"],
    ["is no count", 200, '{"hits":-1}', "the proxy gave no answer"],
    ["is no JSON", 200, "Hello", "the proxy gave no answer"],
  ])("tells of an answer that %s", async (_title, status, body, failure) => {
    const ask = await serviceThat((_request, response) => response.writeHead(status).end(body));
    expect(await ask()).toEqual({ failure: expect.stringContaining(failure) });
  });

  it("tells of a count that has gone back as a counter does", async () => {
    const ask = await serviceThat((_request, response) =>
      response.writeHead(503, { [goneBackHeader]: "50 3" }).end("no"),
    );
    expect(await ask()).toEqual({ failure: "the proxy answered 503", goneBack: { from: 50, to: 3 } });
  });

  it("is another target once it is another Service, or another HitCounter of the name", () => {
    const service = { metadata: { name: "web-proxy", uid: "one" }, spec: { clusterIP: "10.96.0.9" } };
    const target = targetOf(hitCounterWith(), service);
    expect(targetOf(hitCounterWith(), structuredClone(service))).toEqual(target);
    expect(
      targetOf(hitCounterWith(), { ...service, metadata: { name: "web-proxy", uid: "two" } }),
    ).not.toEqual(target);
    const another = hitCounterWith();
    another.metadata.uid = "another";
    expect(targetOf(another, service)).not.toEqual(target);
  });

  it("tells of an address where nobody answers", async () => {
    const ask = await serviceThat(() => {});
    server?.close();
    expect(await ask()).toEqual({ failure: expect.stringContaining("ECONNREFUSED") });
  });
});

describe("a proxy behind the PROXY protocol", () => {
  const target = (port: number) =>
    targetOf(
      hitCounterWith(),
      { spec: { clusterIP: "127.0.0.1", ports: [{ port }] } },
      { proxyProtocol: true },
    );
  const { signal } = new AbortController();

  it("is asked by it, each time over a new connection, as a balancer would that says nothing of anybody", async () => {
    const began: string[] = [];
    const listening = createTcpServer((socket) => {
      let sent = "";
      socket.setEncoding("latin1").on("data", (text: string) => {
        sent += text;
        if (!sent.endsWith("\r\n\r\n")) return;
        began.push(sent.slice(0, sent.indexOf("Host:")));
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"hits":42}');
      });
    });
    tcpServer = listening;
    await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
    const { port } = listening.address() as AddressInfo;
    for (let round = 0; round < 2; round += 1)
      expect(await askService(target(port), signal)).toEqual({ hits: 42 });
    const asked = "PROXY UNKNOWN\r\nGET /hits HTTP/1.1\r\n";
    expect(began.map((text) => text.slice(0, asked.length))).toEqual([asked, asked]);
  });

  it("is told to give no answer where there is none by it", async () => {
    const unreachable = await askService(target(1), signal).catch(noAnswer);
    expect(unreachable).toEqual({ failure: expect.stringContaining("ECONNREFUSED") });
  });

  it("can't be asked through the API server, which is told", async () => {
    const ask = askThroughApiServer({} as KubeClient);
    expect(await ask(target(80), signal).catch(noAnswer)).toEqual({
      failure: expect.stringContaining("spec.proxy.clientAddress"),
    });
  });
});
