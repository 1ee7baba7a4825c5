import { describe, expect, it } from "@jest/globals";
import { TerminalError } from "../runtime/outcome.ts";
import { hitCounterWith } from "../testing/fixtures.ts";
import { Waiting } from "./children.ts";
import type { Observed, Rollout } from "./observe.ts";
import { computeStatus, reasonOf, sameStatus } from "./status.ts";

const now = new Date("2026-01-02T03:04:05.678Z");
const later = new Date("2026-01-02T03:05:00Z");
const up: Rollout = { wanted: 2, updated: 2, available: 2, total: 2, ready: 2, complete: true, stuck: false };
const down: Rollout = { ...up, updated: 0, available: 0, ready: 0, complete: false };
const healthy: Observed = {
  counter: up,
  redis: up,
  proxy: up,
  counterVersion: "1.0.0",
  proxyService: { status: { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } } },
  probe: { hits: 42 },
};
const status = (observed: Partial<Observed> = {}, failure?: unknown, spec = {}) =>
  computeStatus(hitCounterWith(spec), { ...healthy, ...observed }, failure, now);
const conditionOf = (type: string, ...args: Parameters<typeof status>) =>
  status(...args).conditions?.find((condition) => condition.type === type);

describe("the status of a HitCounter that serves", () => {
  it("says so", () => {
    expect(status()).toEqual({
      observedGeneration: 1,
      version: "1.0.0",
      replicas: 2,
      readyReplicas: 2,
      ready: "2/2",
      selector:
        "app.kubernetes.io/name=hitcounter,app.kubernetes.io/instance=web,app.kubernetes.io/component=counter",
      hits: 42,
      address: "192.0.2.1",
      conditions: [
        expect.objectContaining({ type: "Ready", status: "True", reason: "Serving" }),
        expect.objectContaining({ type: "Progressing", status: "False", reason: "Complete" }),
        expect.objectContaining({ type: "Degraded", status: "False", reason: "AsExpected" }),
      ],
    });
    expect(reasonOf(status(), "Ready")).toBe("Serving");
  });

  it("keeps the transition time while a condition's status is unchanged, and only then", () => {
    const hitCounter = { ...hitCounterWith(), status: status() };
    expect(sameStatus(hitCounter.status, computeStatus(hitCounter, healthy, undefined, later))).toBe(true);
    const changed = computeStatus(
      hitCounter,
      { ...healthy, redis: down, probe: undefined },
      undefined,
      later,
    );
    const times = changed.conditions?.map(({ type, lastTransitionTime }) => [type, lastTransitionTime]);
    expect(times).toEqual([
      ["Ready", "2026-01-02T03:05:00Z"],
      ["Progressing", "2026-01-02T03:05:00Z"],
      ["Degraded", "2026-01-02T03:04:05Z"],
    ]);
  });

  it("goes on telling the count it last read when none can be read", () => {
    const hitCounter = { ...hitCounterWith(), status: status() };
    expect(computeStatus(hitCounter, { ...healthy, probe: undefined }, undefined, later).hits).toBe(42);
  });

  it("tells the old version until every pod runs the new one", () => {
    const hitCounter = { ...hitCounterWith({ version: "1.1.0" }), status: status() };
    const rolling = { ...healthy, counter: { ...up, updated: 1, complete: false }, counterVersion: "1.1.0" };
    expect(computeStatus(hitCounter, rolling, undefined, later).version).toBe("1.0.0");
    expect(computeStatus(hitCounter, { ...healthy, counterVersion: "1.1.0" }, undefined, later).version).toBe(
      "1.1.0",
    );
  });
});

describe("Ready", () => {
  it.each<[string, Partial<Observed>, object]>([
    ["ScaledToZero", { counter: { ...down, wanted: 0 }, probe: undefined }, { counter: { replicas: 0 } }],
    ["ScaledToZero", { proxy: { ...down, wanted: 0 }, probe: undefined }, { proxy: { replicas: 0 } }],
    ["RedisNotReady", { redis: down, probe: undefined }, {}],
    ["CounterNotReady", { counter: down, probe: undefined }, {}],
    ["ProxyNotReady", { proxy: down, probe: undefined }, {}],
    ["NoAnswer", { probe: { failure: "the proxy answered 503" } }, {}],
  ])("is False with reason %s", (reason, observed, spec) => {
    expect(conditionOf("Ready", observed, undefined, spec)).toMatchObject({ status: "False", reason });
  });

  it("is True while pods are replaced, as long as the proxy answers", () => {
    const rolling = { ...up, updated: 1, complete: false };
    expect(conditionOf("Ready", { counter: rolling })?.status).toBe("True");
    expect(conditionOf("Progressing", { counter: rolling })).toMatchObject({
      status: "True",
      reason: "RollingOut",
    });
  });
});

describe("what went wrong", () => {
  it.each([
    [
      "Refused",
      new TerminalError("Service proxy exists and was not made by this operator: rename one of the two"),
    ],
    ["ReconcileFailed", new Error("applying Service proxy", { cause: new Error("403 Forbidden") })],
  ])("is told by Degraded, reason %s", (reason, failure) => {
    expect(conditionOf("Degraded", {}, failure)).toMatchObject({
      status: "True",
      reason,
      message: expect.stringMatching(/Service proxy.*\.$/),
    });
    expect(conditionOf("Ready", {}, failure)?.status).toBe("True");
  });

  it("is nothing when something is only waited for", () => {
    const waiting = new Waiting("Service proxy is being deleted");
    expect(conditionOf("Degraded", {}, waiting)?.status).toBe("False");
    expect(conditionOf("Progressing", {}, waiting)).toMatchObject({ status: "True", reason: "Waiting" });
  });

  it("is told when a Deployment has given up", () => {
    expect(conditionOf("Degraded", { counter: { ...up, stuck: true } })?.reason).toBe("CounterStuck");
    expect(conditionOf("Degraded", { proxy: { ...up, stuck: true } })?.reason).toBe("ProxyStuck");
  });
});
