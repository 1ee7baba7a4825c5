import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import { goneBackHeader } from "../../../counter/contract.ts";
import { hitCounterWith } from "../../testing/fixtures.ts";
import { askService, noAnswer, targetOf } from "./askProxy.ts";

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
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
