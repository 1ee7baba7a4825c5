import { describe, expect, it } from "@jest/globals";
import type { V1Service, V1ServiceSpec } from "@kubernetes/client-node";
import { addressOf } from "./address.ts";

const service = (spec: V1ServiceSpec, ...ingress: object[]): V1Service => ({
  spec: { ports: [{ port: 80 }], ...spec },
  status: { loadBalancer: { ingress } },
});
const balanced = { type: "LoadBalancer" };

describe("the address", () => {
  it.each<[string, V1Service | undefined, string | undefined]>([
    ["an IP of the load balancer", service(balanced, { ip: "192.0.2.1" }), "192.0.2.1"],
    ["a name of the load balancer", service(balanced, { hostname: "lb.example.com" }), "lb.example.com"],
    [
      "an IPv6 address with a port",
      service({ ...balanced, ports: [{ port: 8080 }] }, { ip: "2001:db8::1" }),
      "[2001:db8::1]:8080",
    ],
    ["nothing while the load balancer has none", service(balanced), undefined],
    [
      "a port of every node",
      service({ type: "NodePort", ports: [{ port: 80, nodePort: 30080 }] }),
      "<any node>:30080",
    ],
    [
      "the URL where it serves HTTPS",
      service({ ...balanced, ports: [{ port: 80 }, { name: "https", port: 443 }] }, { ip: "2001:db8::1" }),
      "https://[2001:db8::1]",
    ],
    [
      "the URL with its port",
      service({
        type: "ClusterIP",
        clusterIP: "10.96.0.9",
        ports: [{ port: 80 }, { name: "https", port: 8443 }],
      }),
      "https://10.96.0.9:8443",
    ],
    [
      "the URL with the port of every node",
      service({ type: "NodePort", ports: [{ port: 80 }, { name: "https", port: 443, nodePort: 30443 }] }),
      "https://<any node>:30443",
    ],
    ["the cluster IP", service({ type: "ClusterIP", clusterIP: "10.96.0.9" }), "10.96.0.9"],
    ["nothing without a Service", undefined, undefined],
  ])("is %s", (_title, object, address) => {
    expect(addressOf(object)).toBe(address);
  });
});
