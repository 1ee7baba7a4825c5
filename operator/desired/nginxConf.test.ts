import { describe, expect, it } from "@jest/globals";
import { patienceSeconds } from "../../counter/contract.ts";
import { hitCounterWith, inputsFor } from "../testing/fixtures.ts";
import {
  type IpFamily,
  type NginxSettings,
  nginxConf,
  PROXY_PATIENCE,
  PROXY_WAITS,
  speaksProxyProtocol,
} from "./nginxConf.ts";
import { COUNTER_ADDRESS, proxyConfigMap } from "./proxyConfigMap.ts";

/** The servers in a configuration: the public's, then the kubelet's. */
const serversIn = (conf: string) => conf.split(/^ {2}server \{/m).slice(1);
const locations = (conf: string) =>
  [...conf.matchAll(/location (.+?) \{ proxy_pass/g)].map(([, path]) => path);
/** The seconds of each directive of this name. */
const secondsIn = (conf: string, name: string) =>
  [...conf.matchAll(new RegExp(`${name} (\\d+)s;`, "g"))].map(([, seconds]) => Number(seconds));

describe("nginx.conf", () => {
  it("passes on what is the public's and nothing else", () => {
    const [open = ""] = serversIn(nginxConf(["10.96.0.7:80"]));
    expect(locations(open)).toEqual(["= /", "= /badge.svg", "= /hits", "= /health"]);
  });

  it("tells a counter on each try who asks, as the proxy sees it", () => {
    const told = nginxConf(["x:80"]).match(/proxy_set_header X-Real-IP \$remote_addr;/g);
    expect(told).toHaveLength(2);
  });

  it("tells a counter on each try in what form the client would have its number", () => {
    const conf = nginxConf(["x:80"]);
    expect(conf.match(/proxy_set_header Accept .*;/g)).toEqual(
      Array(2).fill("proxy_set_header Accept $accept;"),
    );
    expect(conf).toContain('default "";');
  });

  it("waits longer for an answer than a counter waits for Redis", () => {
    expect(PROXY_WAITS.answer).toBeGreaterThan(patienceSeconds);
  });

  it("answers within two tries and the time in which others may begin, whatever the counters do", () => {
    const conf = nginxConf(["x:80"]);
    const [connect = 0, ...moreConnect] = secondsIn(conf, "proxy_connect_timeout");
    const [answer = 0, ...moreAnswer] = secondsIn(conf, "proxy_read_timeout");
    const [retries = 0, ...moreRetries] = secondsIn(conf, "proxy_next_upstream_timeout");
    expect([moreConnect, moreAnswer, moreRetries]).toEqual([[], [], []]); // one place for each
    expect({ connect, answer, retries }).toEqual(PROXY_WAITS);
    expect(PROXY_PATIENCE).toBe(connect + answer + retries + connect + answer);
    expect(secondsIn(conf, "worker_shutdown_timeout")).toEqual([PROXY_PATIENCE]);
  });

  it.each<[IpFamily[], string[]]>([
    [["IPv4"], ["listen 8080 sndbuf=16k;", "listen 8081;"]],
    [["IPv6"], ["listen [::]:8080 sndbuf=16k;", "listen [::]:8081;"]],
    [
      ["IPv6", "IPv4"],
      ["listen [::]:8080 sndbuf=16k;", "listen 8080 sndbuf=16k;", "listen [::]:8081;", "listen 8081;"],
    ],
  ])("listens in a cluster of %j in each of them", (families, lines) => {
    const conf = nginxConf(["x:80"], { families });
    expect(conf.match(/^ {4}listen .*$/gm)).toEqual(lines.map((line) => `    ${line}`));
    expect(conf.replace(/^ {4}listen .*\n/gm, "")).toBe(
      nginxConf(["x:80"]).replace(/^ {4}listen .*\n/gm, ""),
    );
  });

  it("passes the paths of pages on only where there are any", () => {
    const withPages = nginxConf(["x:80"], { pages: true });
    const [line = ""] = withPages.match(/^ {4}location \/p\/ .*\n/m) ?? [];
    expect(line).toBe("    location /p/ { proxy_pass http://counter; }\n");
    expect(withPages.replace(line, "")).toBe(nginxConf(["x:80"]));
  });

  it("listens on IPv4 where nobody says otherwise", () => {
    expect(nginxConf(["x:80"])).toBe(nginxConf(["x:80"], { families: ["IPv4"] }));
  });

  const confWith = (clientAddress: NginxSettings["clientAddress"]) =>
    nginxConf(["x:80"], { families: ["IPv6", "IPv4"], clientAddress });
  const trustedProxies = ["10.0.0.0/16", "2001:db8::/32"];

  it("believes nobody who the client is where nobody is trusted", () => {
    expect(confWith(undefined)).not.toMatch(/real_ip|proxy_protocol/);
    expect(confWith({ trustedProxies: [], proxyProtocol: false })).toBe(confWith(undefined));
  });

  it("believes those who are trusted, by the header or by the PROXY protocol, for the public alone", () => {
    const [byHeader = "", ofKubelet] = serversIn(confWith({ trustedProxies, proxyProtocol: false }));
    expect(byHeader.match(/^ {4}(real_ip|set_real).*$/gm)).toEqual([
      "    real_ip_header X-Forwarded-For;",
      "    real_ip_recursive on;",
      "    set_real_ip_from 10.0.0.0/16;",
      "    set_real_ip_from 2001:db8::/32;",
    ]);
    const [byProtocol = "", alsoOfKubelet] = serversIn(confWith({ trustedProxies, proxyProtocol: true }));
    expect(byProtocol).toContain("real_ip_header proxy_protocol;");
    expect(byProtocol.match(/listen .*;/g)).toEqual([
      "listen [::]:8080 sndbuf=16k proxy_protocol;",
      "listen 8080 sndbuf=16k proxy_protocol;",
    ]);
    for (const server of [ofKubelet, alsoOfKubelet]) expect(server).not.toMatch(/real_ip|proxy_protocol/);
  });

  it.each([
    [{ trustedProxies, proxyProtocol: true }, true],
    [{ trustedProxies, proxyProtocol: false }, false],
    [undefined, false],
  ])("tells of %j whether it wants the PROXY protocol: %s", (clientAddress, expected) => {
    expect(speaksProxyProtocol(confWith(clientAddress))).toBe(expected);
  });

  it("marks every try but the first, and believes no client's mark", () => {
    const conf = nginxConf(["x:80"]);
    const marks = [...conf.matchAll(/X-HitCounter-Retry "(.*)"/g)].map(([, mark]) => mark);
    expect(marks).toEqual(["", "1"]);
    expect(conf.match(/proxy_set_header X-Request-ID \$request_id;/g)).toHaveLength(2);
    expect(conf).toContain("proxy_pass_request_headers off;");
    expect(conf).toContain("proxy_next_upstream off;");
  });

  it("names as many peers as it tries and keeps connections, whether there is one address or several", () => {
    const peers = (upstreams: string[]) =>
      [...nginxConf(upstreams).matchAll(/ {4}server (\S+) max_fails=0 max_conns=\d+;/g)].map(
        ([, peer]) => peer,
      );
    expect(peers(["a:1"])).toEqual(Array(84).fill("a:1"));
    expect(peers(["a:1", "b:1", "c:1"])).toEqual(Array(28).fill(["a:1", "b:1", "c:1"]).flat());
  });

  it("has a path for the kubelet, on no public port, that leads to a counter", () => {
    const [open, status] = nginxConf(["x:80"])
      .split(/^ {2}server \{/m)
      .slice(1);
    expect(open).not.toContain("/upstream");
    expect(status).toContain("location = /upstream { proxy_pass http://counter/health; }");
  });

  it.each([
    ["10.96.0.7", "server 10.96.0.7:80 "],
    ["fd00::7", "server [fd00::7]:80 "],
  ])("leads to the counter's Service at %s, and tells so", (counterAddress, line) => {
    const configMap = proxyConfigMap({ ...inputsFor(hitCounterWith()), counterAddress });
    expect(configMap.data?.["nginx.conf"]).toContain(line);
    expect(configMap.metadata?.annotations?.[COUNTER_ADDRESS]).toBe(counterAddress);
  });
});
