import { describe, expect, test } from "@jest/globals";
import { assign, type Service } from "./assign.ts";

const pool = ["10.0.0.2", "10.0.0.200", "10.0.0.201"];

function service(key: string, ip?: string, spec: Partial<Service["spec"]> = {}): Service {
  const [namespace = "", name = ""] = key.split("/");
  return {
    metadata: { namespace, name },
    spec: { type: "LoadBalancer", ...spec },
    status: { loadBalancer: ip === undefined ? {} : { ingress: [{ ip }] } },
  };
}

describe("assign", () => {
  test("gives each Service an address of its own, and none the first", () => {
    const { changes } = assign([service("a/x"), service("b/x")], pool);
    expect(changes.map(({ address }) => address)).toEqual(["10.0.0.200", "10.0.0.201"]);
  });

  test("gives default/proxy the first address", () => {
    expect(assign([service("a/x"), service("default/proxy")], pool).changes).toContainEqual({
      namespace: "default",
      name: "proxy",
      address: "10.0.0.2",
    });
  });

  test("changes nothing when every Service has its address", () => {
    const services = [service("default/proxy", "10.0.0.2"), service("a/x", "10.0.0.201")];
    expect(assign(services, pool)).toEqual({ changes: [], waiting: [] });
  });

  test("lets a Service keep its address whatever comes before it", () => {
    const { changes } = assign([service("a/new"), service("b/old", "10.0.0.200")], pool);
    expect(changes).toEqual([{ namespace: "a", name: "new", address: "10.0.0.201" }]);
  });

  test("leaves a Service waiting when the pool is exhausted", () => {
    const services = [service("a/x", "10.0.0.200"), service("a/y", "10.0.0.201"), service("a/z")];
    expect(assign(services, pool)).toEqual({ changes: [], waiting: ["a/z"] });
  });

  test("replaces an address that is not of the pool", () => {
    expect(assign([service("a/x", "192.168.0.1")], pool).changes).toEqual([
      { namespace: "a", name: "x", address: "10.0.0.200" },
    ]);
  });

  test("replaces an address that two Services have", () => {
    const { changes } = assign([service("a/x", "10.0.0.200"), service("a/y", "10.0.0.200")], pool);
    expect(changes).toEqual([{ namespace: "a", name: "y", address: "10.0.0.201" }]);
  });

  test("takes the address from a Service that is no load balancer any more", () => {
    expect(assign([service("a/x", "10.0.0.200", { type: "ClusterIP" })], pool).changes).toEqual([
      { namespace: "a", name: "x", address: undefined },
    ]);
  });

  test("leaves another class's Services alone", () => {
    const services = [service("a/x", "1.2.3.4", { loadBalancerClass: "other" })];
    expect(assign(services, pool)).toEqual({ changes: [], waiting: [] });
  });
});
