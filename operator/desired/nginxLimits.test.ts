import { describe, expect, it } from "@jest/globals";
import { hitCounterWith, inputsFor } from "../testing/fixtures.ts";
import { nginxConf } from "./nginxConf.ts";
import { CONNECTIONS, WAITING } from "./nginxLimits.ts";
import { NGINX_CONF_KEY, proxyConfigMap } from "./proxyConfigMap.ts";

const rateLimit = { requestsPerSecond: 7, burst: 9, concurrentRequests: 11 };
const without = nginxConf(["x:80"]);
const limited = nginxConf(["x:80"], { pages: true, rateLimit });
/** What stands before the first server, and so holds for all of them. */
const forAll = (conf: string) => conf.slice(0, conf.indexOf("\n  server {"));
const numberIn = (name: string) => Number(new RegExp(`^ *${name} (\\d+);$`, "m").exec(without)?.[1]);

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

  it("leaves a file for each connection", () => {
    expect(numberIn("worker_connections")).toBe(CONNECTIONS);
    expect(numberIn("worker_rlimit_nofile")).toBeGreaterThan(CONNECTIONS + 100);
  });

  it("leaves more connections than nginx is content with, however many requests wait for counters", () => {
    const peers = [...without.matchAll(/ max_conns=(\d+);/g)].map(([, count]) => Number(count));
    const toCounters = peers.reduce((sum, count) => sum + count, 0);
    expect(toCounters).toBeGreaterThan(WAITING * 0.99);
    expect(CONNECTIONS - 2 * toCounters).toBeGreaterThan((CONNECTIONS / 16) * 1.5);
  });

  it("fits into the memory that a proxy has by default, whatever headers all of them send", () => {
    const [, count = "0", kilobytes = "0"] = /large_client_header_buffers (\d+) (\d+)k;/.exec(without) ?? [];
    const others = 7; // of a request that is being read, in kB: measured
    const all = (CONNECTIONS * (Number(count) * Number(kilobytes) + others)) / 1024;
    const { limits } = hitCounterWith().spec.proxy.resources;
    expect(all).toBeLessThan(Number.parseInt(`${limits?.memory}`, 10) * 0.9);
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
