import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { get as getByHttps } from "node:https";
import type { AddressInfo } from "node:net";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { usageOf } from "../../../bench/support/processUsage.ts";
import type { NginxSettings } from "../../../operator/desired/nginxConf.ts";
import { connectionsOf } from "../../../operator/desired/nginxLimits.ts";
import { type KeyPairs, proxyTlsSecret, served } from "../../../operator/desired/proxyTls.ts";
import { askService, targetOf } from "../../../operator/reconcile/look/askProxy.ts";
import { issue } from "../../../operator/testing/certificates.ts";
import { hitCounterWith, inputsFor } from "../../../operator/testing/fixtures.ts";
import { tell } from "../../support/findings.ts";
import { type NginxServer, startNginxServer } from "../../support/nginxServer.ts";
import { sendRaw } from "../../support/rawRequests.ts";
import { makeSecretVolume, type SecretVolume } from "../../support/secretVolume.ts";
import { sizeOf } from "../../support/size.ts";
import { until } from "../../support/until.ts";

/** So many connections are held while their memory is measured, by requests for this that get no answer. */
const HELD = 400;
const HELD_PATH = "/p/held";
const RENEWALS = sizeOf("NGINX_RENEWALS", { test: 100, soak: 2_000 });
const TRUSTED = { trustedProxies: ["127.0.0.0/8"], proxyProtocol: true };
const hitCounter = hitCounterWith({ proxy: { tls: { secretName: "site-tls" } } });

/** The Secret that the operator makes of these. */
const secretOf = (pairs: KeyPairs) => {
  const inputs = inputsFor(hitCounter);
  return proxyTlsSecret({ ...inputs, tls: inputs.tls && { ...inputs.tls, pairs } });
};

/** What stands for a counter, and hears what nginx asks. */
let counter: Server;
let heard: IncomingMessage[] = [];
let volume: SecretVolume;
let pairs: KeyPairs;
type Mode = "redirecting" | "both" | "protocol";
const nginx = {} as Record<Mode, NginxServer>;

beforeAll(async () => {
  counter = createServer((request, response) => {
    heard.push(request);
    if (request.url !== HELD_PATH) response.end('{"hits":42}');
  });
  await new Promise<void>((resolve) => counter.listen(0, "127.0.0.1", resolve));
  const upstream = `127.0.0.1:${(counter.address() as AddressInfo).port}`;
  volume = await makeSecretVolume();
  pairs = served(undefined, issue("first.example"));
  await volume.write(secretOf(pairs));
  const start = (redirect: boolean, clientAddress?: NginxSettings["clientAddress"], port = 443) =>
    startNginxServer([upstream], {
      families: ["IPv4", "IPv6"],
      clientAddress,
      tls: { port, redirect, folder: volume.folder },
    });
  nginx.redirecting = await start(true);
  nginx.both = await start(false);
  nginx.protocol = await start(true, TRUSTED, 8443);
}, 1_800_000);
afterAll(async () => {
  for (const each of Object.values(nginx)) await each.remove();
  await volume?.remove();
  counter?.closeAllConnections();
  counter?.close();
});
beforeEach(() => {
  heard = [];
});

/** Shakes hands, and returns the connection; throws where there is none. */
const shake = (port: number, options: ConnectionOptions = {}) =>
  new Promise<TLSSocket>((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, ...options }, () =>
      resolve(socket),
    );
    socket.on("error", reject);
  });
/** The name in the certificate that is served to a new connection. */
async function nameServed(port: number): Promise<string> {
  const socket = await shake(port);
  const name = new X509Certificate(socket.getPeerCertificate().raw).subject;
  socket.destroy();
  return name;
}
const httpPort = ({ url }: NginxServer) => Number(new URL(url).port);
const bytes = (path: string, ...headers: string[]) =>
  [`GET ${path} HTTP/1.1`, ...headers, "Connection: close", "", ""].join("\r\n");

describe("HTTPS", () => {
  const CIPHER = "ECDHE-ECDSA-AES128-GCM-SHA256";
  it.each<[string, ConnectionOptions, string | undefined]>([
    ["TLS 1.3", { minVersion: "TLSv1.3" }, "TLSv1.3"],
    ["TLS 1.2", { maxVersion: "TLSv1.2" }, "TLSv1.2"],
    ["TLS 1.2, by a cipher of today", { maxVersion: "TLSv1.2", ciphers: CIPHER }, "TLSv1.2"],
    ["TLS 1.1", { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "DEFAULT:@SECLEVEL=0" }, undefined],
    ["a cipher in CBC mode", { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-SHA256" }, undefined],
    ["a cipher without forward secrecy", { maxVersion: "TLSv1.2", ciphers: "AES128-GCM-SHA256" }, undefined],
  ])("by %s is spoken or refused", async (_title, options, protocol) => {
    const connected = await shake(nginx.both.tlsPort, options).catch(() => undefined);
    expect(connected?.getProtocol() ?? undefined).toBe(protocol);
    connected?.destroy();
  });

  it("is HTTP/2 for who asks for it, by ALPN", async () => {
    const session = connectHttp2(`https://127.0.0.1:${nginx.both.tlsPort}`, { rejectUnauthorized: false });
    const stream = session.request({ ":path": "/hits" });
    const status = await new Promise((resolve, reject) => {
      stream.on("response", (headers) => resolve(headers[":status"]));
      session.on("error", reject);
    });
    expect([status, session.alpnProtocol]).toEqual([200, "h2"]);
    session.destroy();
    const other = await shake(nginx.both.tlsPort, { ALPNProtocols: ["http/1.1"] });
    expect(other.alpnProtocol).toBe("http/1.1");
    other.destroy();
  });

  it("costs no more memory for a connection than a proxy has for all of them", async () => {
    const master = await nginx.both.pid();
    const pid = Number((await readFile(`/proc/${master}/task/${master}/children`, "utf8")).trim());
    const before = (await usageOf(pid)).rssBytes;
    const largest = bytes(HELD_PATH, "Host: x", `X: ${"x".repeat(8_000)}`, `Y: ${"y".repeat(7_000)}`);
    const sockets: TLSSocket[] = [];
    try {
      for (let index = 0; index < HELD; index += 1) {
        const socket = await shake(nginx.both.tlsPort);
        socket.write(largest);
        sockets.push(socket);
      }
      await until("all of them wait for the counter", () => heard.length === HELD);
      const held = ((await usageOf(pid)).rssBytes - before) / HELD;
      const { limits } = hitCounterWith().spec.proxy.resources;
      tell("HTTPS", `a connection with the largest headers took ${Math.round(held / 1024)} KiB of nginx`);
      expect(held).toBeGreaterThan(16_000);
      expect(before + held * connectionsOf(true).all).toBeLessThan(
        Number.parseInt(`${limits?.memory}`, 10) * 2 ** 20,
      );
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });

  it("leads to the counter as HTTP does, and in each family of addresses", async () => {
    for (const host of ["127.0.0.1", "::1"]) {
      const body = await new Promise<string>((resolve, reject) => {
        const options = { host, port: nginx.both.tlsPort, rejectUnauthorized: false, agent: false } as const;
        getByHttps(options, (response) => response.setEncoding("utf8").on("data", resolve)).on(
          "error",
          reject,
        );
      });
      expect(body).toBe('{"hits":42}');
    }
    expect(heard.map(({ url, headers }) => [url, headers["x-real-ip"]])).toEqual([
      ["/", "127.0.0.1"],
      ["/", "::1"],
    ]);
  });

  it("gives out nothing that another proxy would have to know for a session to be resumed", async () => {
    const sessions: Buffer[] = [];
    for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
      const socket = await shake(nginx.both.tlsPort, { maxVersion });
      socket.on("session", (session) => sessions.push(session));
      socket.write(bytes("/hits", "Host: x"));
      await new Promise((resolve) => socket.on("close", resolve).resume());
      const again = await shake(nginx.both.tlsPort, { maxVersion, session: sessions.at(-1) });
      expect(again.isSessionReused()).toBe(false);
      again.destroy();
    }
  });

  it("behind the PROXY protocol hears from it who the client is", async () => {
    const port = nginx.protocol.tlsPort;
    const target = targetOf(
      hitCounterWith(),
      { spec: { clusterIP: "127.0.0.1", ports: [{ name: "https", port }] } },
      { proxyProtocol: true, byHttps: true },
    );
    expect(await askService(target, new AbortController().signal)).toEqual({ hits: 42 });
    expect(heard.map(({ url }) => url)).toEqual(["/hits"]);
    await expect(shake(port)).rejects.toThrow();
  });

  it("is how the operator asks where it is served, whatever the certificate", async () => {
    const { tlsPort: port } = nginx.redirecting;
    const service = { spec: { clusterIP: "127.0.0.1", ports: [{ port: 1 }, { name: "https", port }] } };
    const target = targetOf(hitCounterWith(), service, { byHttps: true });
    expect(await askService(target, new AbortController().signal)).toEqual({ hits: 42 });
  });
});

describe("HTTP, where visitors are sent to HTTPS,", () => {
  it.each<[Mode, string, string[], string]>([
    [
      "redirecting",
      "/p/a%20b?count=false&x=%2F",
      ["Host: a.example"],
      "https://a.example/p/a%20b?count=false&x=%2F",
    ],
    ["redirecting", "/", ["Host: A.example:8080"], "https://a.example/"],
    ["redirecting", "/", ["Host: [2001:db8::1]:80"], "https://[2001:db8::1]/"],
    ["redirecting", "//b.example/x", ["Host: a.example"], "https://a.example//b.example/x"],
    ["protocol", "/hits", ["Host: a.example"], "https://a.example:8443/hits"],
  ])("%s: %s of %j", async (mode, path, headers, location) => {
    const before = mode === "protocol" ? "PROXY UNKNOWN\r\n" : "";
    const { answers } = await sendRaw(httpPort(nginx[mode]), [before + bytes(path, ...headers)], {
      closes: true,
    });
    expect(
      answers.map(({ status, headers: told }) => [status, told.location, told["cache-control"]]),
    ).toEqual([[308, location, "no-store"]]);
    expect(heard).toEqual([]);
  });

  it("asks for the host where none is named, or one that is none", async () => {
    for (const request of ["GET / HTTP/1.0\r\n\r\n", bytes("/", "Host: a b"), bytes("/", "Host: a/b")]) {
      const { answers } = await sendRaw(httpPort(nginx.redirecting), [request], { closes: true });
      expect(answers.map(({ status }) => status)).toEqual([400]);
    }
  });

  it("tells of its health as before", async () => {
    expect((await fetch(`${nginx.redirecting.url}health`, { redirect: "manual" })).status).toBe(200);
  });

  it("is served beside HTTPS where they are not sent there", async () => {
    expect((await fetch(nginx.both.url, { redirect: "manual" })).status).toBe(200);
  });
});

describe("a renewed certificate", () => {
  it(`is served without a reload, and ${RENEWALS} renewals under handshakes cost none`, async () => {
    const port = nginx.both.tlsPort;
    const pids = await nginx.both.pid();
    let [handshakes, isOver] = [0, false];
    const failures: unknown[] = [];
    const visitors = Array.from({ length: 4 }, async () => {
      while (!isOver) {
        await shake(port).then(
          (socket) => socket.destroy(),
          (error) => failures.push(error.code),
        );
        handshakes += 1;
      }
    });
    const seen: string[] = [];
    for (let renewal = 0; renewal < RENEWALS; renewal += 1) {
      pairs = served(pairs, issue(`${renewal}.example`));
      await volume.write(secretOf(pairs));
      seen.push(await nameServed(port));
    }
    isOver = true;
    await Promise.all(visitors);
    expect(failures).toEqual([]);
    expect(seen).toEqual(Array.from({ length: RENEWALS }, (_, renewal) => `CN=${renewal}.example`));
    expect(handshakes).toBeGreaterThan(RENEWALS / 2);
    expect(await nginx.both.pid()).toBe(pids);
    expect(await nginx.both.output()).toBe("");
  }, 1_800_000);
});
