import { describe, expect, it } from "@jest/globals";
import { conditionOf } from "../../runtime/index.ts";
import type { hitCounterWith } from "../../testing/fixtures.ts";
import { evidence } from "../../testing/seen.ts";
import { saysTheSame } from "../tell/tell.ts";
import { judge } from "./judge.ts";

type Proxy = NonNullable<NonNullable<Parameters<typeof hitCounterWith>[0]>["proxy"]>;
const statusOf = (proxy: Proxy) => judge(evidence({ spec: { proxy } })).status;
const told = (proxy: Proxy) => conditionOf(statusOf({ rateLimit: {}, ...proxy }), "ClientsLimited");

describe("whether clients are limited each", () => {
  it.each<[string, Proxy]>([
    ["nodes do not pass on from their own", { service: { externalTrafficPolicy: "Local" } }],
    ["only the cluster connects", { service: { type: "ClusterIP" } }],
    ["others tell", { clientAddress: { trustedProxies: ["192.0.2.0/24"] } }],
  ])("is true where addresses are known: where %s", (_where, proxy) => {
    expect(told(proxy)).toMatchObject({ status: "True", reason: "AddressesKnown" });
  });

  it.each<[string, Proxy]>([
    ["a LoadBalancer as it is by default", {}],
    ["a NodePort", { service: { type: "NodePort" } }],
  ])("is false where nodes hide them, and says what to do: behind %s", (_where, proxy) => {
    expect(told(proxy)).toMatchObject({
      status: "False",
      reason: "AddressesHidden",
      message: expect.stringMatching(
        /share one limit of spec\.proxy\.rateLimit.*spec\.proxy\.service\.externalTrafficPolicy.*spec\.proxy\.clientAddress/,
      ),
    });
    expect(conditionOf(statusOf({ rateLimit: {}, ...proxy }), "Ready")?.status).toBe("True");
  });

  it("is told only while a limit is wanted", () => {
    expect(conditionOf(statusOf({}), "ClientsLimited")).toBeUndefined();
    expect(saysTheSame(statusOf({ rateLimit: {} }), statusOf({}))).toBe(false);
  });
});
