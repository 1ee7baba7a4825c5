import { describe, expect, it } from "@jest/globals";
import { hitCounterWith } from "../testing/fixtures.ts";
import { addressOf } from "./address.ts";

const ingress = (...list: object[]) => ({ status: { loadBalancer: { ingress: list } } });

describe("the address", () => {
  it.each([
    ["an IP of the load balancer", {}, ingress({ ip: "192.0.2.1" }), "192.0.2.1"],
    ["a name of the load balancer", {}, ingress({ hostname: "lb.example.com" }), "lb.example.com"],
    ["an IPv6 address with a port", { port: 8080 }, ingress({ ip: "2001:db8::1" }), "[2001:db8::1]:8080"],
    ["nothing while the load balancer has none", {}, ingress(), undefined],
    [
      "a port of every node",
      { type: "NodePort" as const },
      { spec: { ports: [{ port: 80, nodePort: 30080 }] } },
      "<any node>:30080",
    ],
    ["the cluster IP", { type: "ClusterIP" as const }, { spec: { clusterIP: "10.96.0.9" } }, "10.96.0.9"],
    ["nothing without a Service", { type: "ClusterIP" as const }, undefined, undefined],
  ])("is %s", (_title, service, object, address) => {
    expect(addressOf(hitCounterWith({ proxy: { service } }), object)).toBe(address);
  });
});
