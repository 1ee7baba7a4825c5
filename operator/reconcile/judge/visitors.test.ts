import { describe, expect, it } from "@jest/globals";
import { counterSettingsOf } from "../../desired/counterSettings.ts";
import { conditionOf } from "../../runtime/index.ts";
import { hitCounterWith } from "../../testing/fixtures.ts";
import { type But, evidence, now } from "../../testing/seen.ts";
import { saysTheSame } from "../tell/tell.ts";
import { judge } from "./judge.ts";

type Proxy = NonNullable<Parameters<typeof hitCounterWith>[0]>["proxy"];
const visitors = { enabled: true };
const judged = (proxy: Proxy = {}, more: But = {}) => judge(evidence({ spec: { visitors, proxy }, ...more }));
const told = (proxy: Proxy) => conditionOf(judged(proxy).status, "VisitorsCounted");
const trusting = { trustedProxies: ["192.0.2.0/24"] };

describe("whether visitors are counted", () => {
  it.each<[string, Proxy]>([
    ["nodes do not pass on from their own", { service: { externalTrafficPolicy: "Local" } }],
    ["only the cluster connects", { service: { type: "ClusterIP" } }],
    ["others tell", { clientAddress: trusting }],
    ["others tell, of nodes too", { clientAddress: trusting, service: { externalTrafficPolicy: "Cluster" } }],
  ])("is true where addresses are: where %s", (_where, proxy) => {
    expect(told(proxy)).toMatchObject({ status: "True", reason: "AddressesKnown" });
  });

  it.each<[string, Proxy]>([
    ["a LoadBalancer as it is by default", {}],
    ["a LoadBalancer", { service: { externalTrafficPolicy: "Cluster" } }],
    ["a NodePort", { service: { type: "NodePort" } }],
  ])("is false where nodes hide them, and nothing else is wrong: behind %s", (_where, proxy) => {
    expect(told(proxy)).toMatchObject({
      status: "False",
      reason: "AddressesHidden",
      message: expect.stringMatching(
        /spec\.proxy\.service\.externalTrafficPolicy.*spec\.proxy\.clientAddress/,
      ),
    });
    const { status } = judged(proxy);
    const others = status.conditions?.filter(({ type }) => type !== "VisitorsCounted");
    const without = judge(evidence({ spec: { proxy } })).status.conditions;
    expect(others?.map(({ type, reason }) => [type, reason])).toEqual(
      without?.map(({ type, reason }) => [type, reason]),
    );
  });

  it("is told only while it is wanted, and by what the counters run", () => {
    const { status } = judge(evidence());
    expect(conditionOf(status, "VisitorsCounted")).toBeUndefined();
    const healthy = counterSettingsOf(hitCounterWith().spec);
    const takenBack = judged({}, { choice: { settings: healthy, healthy, takenBack: true } });
    expect(conditionOf(takenBack.status, "VisitorsCounted")).toBeUndefined();
    expect(saysTheSame(judged().status, { ...judged().status, conditions: status.conditions })).toBe(false);
  });

  it("is looked at again when the day is over, in UTC", () => {
    const lookAgainMs = (spec: Parameters<typeof hitCounterWith>[0]) => {
      const hitCounter = { ...hitCounterWith(spec), status: judge(evidence({ spec })).status };
      const settings = counterSettingsOf(hitCounter.spec);
      const choice = { settings, healthy: settings, takenBack: false };
      return judge(evidence({ hitCounter, choice })).lookAgainMs;
    };
    expect(lookAgainMs({})).toBeUndefined();
    const next = new Date(now.getTime() + (lookAgainMs({ visitors }) ?? 0));
    expect(next.toISOString()).toBe("2026-01-03T00:00:00.000Z");
  });
});
