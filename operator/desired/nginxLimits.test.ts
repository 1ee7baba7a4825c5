import { describe, expect, it } from "@jest/globals";
import { patienceSeconds } from "../../counter/contract.ts";
import { hitCounterWith, inputsFor } from "../testing/fixtures.ts";
import { nginxConf } from "./nginxConf.ts";
import { NGINX_CONF_KEY, proxyConfigMap } from "./proxyConfigMap.ts";

const rateLimit = { requestsPerSecond: 7, burst: 9, concurrentRequests: 11 };
const without = nginxConf(["x:80"]);
const byHttps = nginxConf(["x:80"], { tls: { port: 443, redirect: false } });
const limited = nginxConf(["x:80"], { pages: true, rateLimit });
/** What stands before the first server, and so holds for all of them. */
const forAll = (conf: string) => conf.slice(0, conf.indexOf("\n  server {"));
const numberIn = (conf: string, name: string) =>
  Number(new RegExp(`^ *${name} (\\d+);$`, "m").exec(conf)?.[1]);

describe("what one client may cost", () => {
  it("holds for all servers", () => {
    for (const name of [
      "client_header_timeout",
      "client_body_timeout",
      "send_timeout",
      "large_client_header_buffers",
    ]) {
      expect([name, forAll(without).split(` ${name} `).length, without.split(` ${name} `).length]).toEqual([
        name,
        2,
        2,
      ]);
    }
  });

  describe.each([
    ["HTTP", without, 18],
    ["HTTPS", byHttps, 62],
  ])("by %s", (_, conf, mostKilobytes) => {
    const connections = numberIn(conf, "worker_connections");
    const peers = [...conf.matchAll(/ max_conns=(\d+);/g)].map(([, count]) => Number(count));
    const toCounters = peers.reduce((sum, count) => sum + count, 0);

    it("leaves a file for each connection", () => {
      expect(numberIn(conf, "worker_rlimit_nofile")).toBeGreaterThan(connections + 100);
    });

    it("leaves more connections than nginx is content with, however many requests wait for counters", () => {
      expect(connections - 2 * toCounters).toBeGreaterThan((connections / 16) * 1.5);
    });

    it("fits into the memory that a proxy has by default, whatever headers all of them send", () => {
      const [, count = "0", kilobytes = "0"] = /large_client_header_buffers (\d+) (\d+)k;/.exec(conf) ?? [];
      expect(Number(count) * Number(kilobytes)).toBeLessThan(mostKilobytes);
      const { limits } = hitCounterWith().spec.proxy.resources;
      const bytes = connections * mostKilobytes * 1000;
      expect(bytes).toBeLessThan(Number.parseInt(`${limits?.memory}`, 10) * 2 ** 20 * 0.9);
    });

    it("lets many wait for as long as counters have patience, at one proxy", () => {
      const perSecond = conf === without ? 200 : 100;
      expect(toCounters).toBeGreaterThan(patienceSeconds * perSecond * 1.1);
    });
  });
});

describe("a limit by client", () => {
  it("is not there where nobody wants one", () => expect(without).not.toMatch(/limit_(req|conn)|429/));

  it("holds for all servers, and knows none of the paths of the kubelet and of balancers", () => {
    const [, paths = ""] = /map \$uri \$limited \{\n([^}]*)\}/.exec(forAll(limited)) ?? [];
    expect(paths.match(/\S+ \$client/g)).toEqual([
      "/ $client",
      "/badge.svg $client",
      "~^/p/ $client",
      '"count $client',
    ]);
    expect(paths).toContain('default "";');
    expect(paths).toContain('/hits "count $client";');
    expect(forAll(limited)).toContain("rate=7r/s;\n  limit_req zone=requests burst=9 nodelay;");
    expect(forAll(limited)).toContain("limit_conn atOnce 11;");
  });

  it("is what spec says, and says the answer once for each public server", () => {
    const conf = proxyConfigMap(inputsFor(hitCounterWith({ proxy: { rateLimit }, pages: { max: 1 } })))
      .data?.[NGINX_CONF_KEY];
    expect(conf).toContain(
      forAll(limited).slice(limited.indexOf("  map $binary"), limited.indexOf("  # An address")),
    );
    expect(limited.split("error_page 429 = @limited;")).toHaveLength(2);
  });
});
