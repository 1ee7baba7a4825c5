import { describe, expect, it } from "@jest/globals";
import type { V1Deployment, V1Service } from "@kubernetes/client-node";
import { hitCounterWith, inputsFor } from "../testing/fixtures.ts";
import { desiredObjects } from "./index.ts";
import { nginxConf, speaksProxyProtocol } from "./nginxConf.ts";
import { listenerLimits } from "./nginxLimits.ts";
import { type KeyPair, type KeyPairs, pairsIn, proxyTlsSecret, served } from "./proxyTls.ts";

const pair = (name: string): KeyPair => ({ certificate: `certificate of ${name}`, key: `key of ${name}` });
const tls = { secretName: "site-tls" };
const inputs = inputsFor(hitCounterWith({ proxy: { tls } }));
const secretOf = (pairs: KeyPairs) =>
  proxyTlsSecret({ ...inputs, tls: inputs.tls && { ...inputs.tls, pairs } });
/** A child of its kind for the proxies. */
const proxys = <T>(of: typeof inputs, kind: string) =>
  desiredObjects(of).find((object) => object.kind === kind && object.metadata?.name === "web-proxy") as T;

describe("what proxies serve HTTPS with", () => {
  it("keeps what is served as it is when something else is", () => {
    const first = served(undefined, pair("one"));
    expect(first).toEqual({ served: "a", a: pair("one"), b: pair("one") });
    const second = served(first, pair("two"));
    expect(second).toEqual({ served: "b", a: pair("one"), b: pair("two") });
    expect(served(second, pair("three"))).toEqual({ served: "a", a: pair("three"), b: pair("two") });
  });

  it("stays the same for the same", () => {
    const pairs = served(served(undefined, pair("one")), pair("two"));
    expect(served(pairs, pair("two"))).toBe(pairs);
    const renewed = { ...pair("two"), certificate: "another" };
    expect(served(pairs, renewed)).toEqual({ served: "a", a: renewed, b: pair("two") });
  });

  it("comes out of its Secret as it went in", () => {
    for (const pairs of [served(undefined, pair("ä")), served(served(undefined, pair("one")), pair("two"))])
      expect(pairsIn(secretOf(pairs))).toEqual(pairs);
    expect(pairsIn(undefined)).toBeUndefined();
    expect(pairsIn({ data: { "a.crt": "YQ==" } })).toBeUndefined();
  });

  it("stands in that Secret and nowhere else, and rolls no proxy when it is another", () => {
    const others = (pairs: KeyPairs) =>
      desiredObjects({ ...inputs, tls: inputs.tls && { ...inputs.tls, pairs } }).filter(
        ({ metadata }) => metadata?.name !== "web-proxy-tls",
      );
    const pairs = served(undefined, pair("one"));
    expect(others(served(pairs, pair("two")))).toEqual(others(pairs));
    expect(JSON.stringify(others(pairs))).not.toContain(Buffer.from("key of one").toString("base64"));
  });

  it("is read by none but the user that nginx is", () => {
    const { spec } = proxys<V1Deployment>(inputs, "Deployment").spec?.template ?? {};
    const [volume] = spec?.volumes?.filter(({ name }) => name === "tls") ?? [];
    expect(volume).toEqual({ name: "tls", secret: { secretName: "web-proxy-tls", defaultMode: 0o440 } });
    expect(spec?.securityContext?.fsGroup).toBe(spec?.securityContext?.runAsUser);
  });
});

describe("the Service of proxies that serve HTTPS", () => {
  const ports = (of: typeof inputs) =>
    proxys<V1Service>(of, "Service").spec?.ports?.map(({ name, port, targetPort }) => [
      name,
      port,
      targetPort,
    ]);

  it("has a port for it beside that for HTTP, which leads to those that serve it", () => {
    expect(ports(inputs)).toEqual([
      ["http", 80, "http"],
      ["https", 443, "https"],
    ]);
    const [container] = proxys<V1Deployment>(inputs, "Deployment").spec?.template.spec?.containers ?? [];
    expect(container?.ports?.map(({ name }) => name)).toEqual(["http", "https", "status"]);
    expect(ports(inputsFor(hitCounterWith()))).toEqual([["http", 80, "http"]]);
  });

  it("keeps it while there are such proxies, though new ones are none", () => {
    const going = { ...inputs, tls: inputs.tls && { ...inputs.tls, wanted: false } };
    expect(ports(going)).toEqual(ports(inputs));
    const without = proxys<V1Deployment>(inputsFor(hitCounterWith()), "Deployment");
    expect(proxys(going, "Deployment")).toEqual(without);
  });
});

describe("nginx.conf", () => {
  const conf = (tls?: { port: number; redirect: boolean }, proxyProtocol = false) =>
    nginxConf(["x:80"], {
      families: ["IPv6", "IPv4"],
      clientAddress: { trustedProxies: ["192.0.2.0/24"], proxyProtocol },
      tls,
    });
  /** Of each server, on which ports it listens, and how. */
  const listens = (text: string) =>
    text
      .split(/^ {2}server \{/m)
      .slice(1)
      .map((server) =>
        [...server.matchAll(/listen (?!\[)(.*);/g)].map(([, how = ""]) => how.replace(listenerLimits, "")),
      );

  it("serves HTTP and HTTPS alike, or sends the one to the other", () => {
    expect(listens(conf())).toEqual([["8080"], ["8081"]]);
    expect(listens(conf({ port: 443, redirect: false }))).toEqual([["8080", "8443 ssl"], ["8081"]]);
    expect(listens(conf({ port: 443, redirect: true }))).toEqual([["8080"], ["8443 ssl"], ["8081"]]);
  });

  it("wants the PROXY protocol on both", () => {
    const text = conf({ port: 443, redirect: true }, true);
    expect(listens(text)).toEqual([["8080 proxy_protocol"], ["8443 ssl proxy_protocol"], ["8081"]]);
    expect(speaksProxyProtocol(text)).toBe(true);
    expect(speaksProxyProtocol(conf({ port: 443, redirect: true }))).toBe(false);
  });

  it("logs what goes wrong on the way to a counter, as ever", () => {
    const [, , site = ""] = conf({ port: 443, redirect: true }).split(/^ {2}server \{/m);
    const passing = site.match(/proxy_pass http:\/\/counter;/g);
    expect(site.match(/error_log stderr warn;/g)).toHaveLength(passing?.length ?? 0);
  });
});
