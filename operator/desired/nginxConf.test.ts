import { describe, expect, it } from "@jest/globals";
import { hitCounterWith, inputsFor } from "../testing/fixtures.ts";
import { nginxConf } from "./nginxConf.ts";
import { proxyConfigMap } from "./proxyConfigMap.ts";

const locations = (conf: string) =>
  [...conf.matchAll(/location (.+?) \{ proxy_pass/g)].map(([, path]) => path);

describe("nginx.conf", () => {
  it("passes on what is the public's and nothing else", () => {
    expect(locations(nginxConf("10.96.0.7:80"))).toEqual(["= /", "= /hits", "= /health"]);
  });

  it("waits longer for an answer than a counter waits for Redis", () => {
    expect(Number(/proxy_read_timeout (\d+)s/.exec(nginxConf("x:80"))?.[1])).toBeGreaterThan(15);
  });

  it.each([
    ["10.96.0.7", "server 10.96.0.7:80 "],
    ["fd00::7", "server [fd00::7]:80 "],
  ])("leads to the counter's Service at %s", (counterClusterIp, line) => {
    const { data } = proxyConfigMap({ ...inputsFor(hitCounterWith()), counterClusterIp });
    expect(data?.["nginx.conf"]).toContain(line);
  });
});
