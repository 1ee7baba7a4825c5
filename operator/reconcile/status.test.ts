import { describe, expect, it } from "@jest/globals";
import { UNLISTED_DATA } from "../desired/redisCommand.ts";
import { TerminalError } from "../runtime/outcome.ts";
import { hitCounterWith } from "../testing/fixtures.ts";
import { Waiting } from "./children.ts";
import type { Situation } from "./conditions.ts";
import type { Observed, Rollout } from "./observe.ts";
import { computeStatus, reasonOf, sameStatus } from "./status.ts";

const now = new Date("2026-01-02T03:04:05.678Z");
const later = new Date("2026-01-02T03:05:00Z");
const up: Rollout = {
  wanted: 2,
  updated: 2,
  available: 2,
  total: 2,
  ready: 2,
  complete: true,
  stuck: false,
  trouble: undefined,
};
const down: Rollout = { ...up, updated: 0, available: 0, ready: 0, complete: false };
const healthy: Observed = {
  counter: up,
  redis: up,
  proxy: up,
  counterVersion: "1.0.0",
  proxyService: { status: { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } } },
};
/** A HitCounter that serves, but for what is given. */
const situation = (but: Partial<Situation> & { seen?: Partial<Observed>; spec?: object } = {}): Situation => {
  const { seen, spec, ...more } = but;
  const hitCounter = hitCounterWith(spec);
  return {
    hitCounter,
    observed: { ...healthy, ...seen },
    probe: { hits: 42 },
    steady: true,
    plan: { version: hitCounter.spec.version },
    failure: undefined,
    ...more,
  };
};
const status = (but: Parameters<typeof situation>[0] = {}) => computeStatus(situation(but), now);
const told = (spec = {}) => ({ ...hitCounterWith(spec), status: status() });
const conditionOf = (type: string, but: Parameters<typeof situation>[0] = {}) =>
  status(but).conditions?.find((condition) => condition.type === type);

describe("the status of a HitCounter that serves", () => {
  it("says so", () => {
    expect(status()).toEqual({
      observedGeneration: 1,
      version: "1.0.0",
      lastHealthyVersion: "1.0.0",
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
        expect.objectContaining({ type: "RolledBack", status: "False", reason: "AsWanted" }),
      ],
    });
    expect(reasonOf(status(), "Ready")).toBe("Serving");
  });

  it("keeps the transition time while a condition's status is unchanged, and only then", () => {
    const hitCounter = told();
    expect(sameStatus(hitCounter.status, computeStatus(situation({ hitCounter }), later))).toBe(true);
    const changed = computeStatus(situation({ hitCounter, seen: { redis: down }, probe: undefined }), later);
    const times = changed.conditions?.map(({ type, lastTransitionTime }) => [type, lastTransitionTime]);
    expect(times).toEqual([
      ["Ready", "2026-01-02T03:05:00Z"],
      ["Progressing", "2026-01-02T03:05:00Z"],
      ["Degraded", "2026-01-02T03:04:05Z"],
      ["RolledBack", "2026-01-02T03:04:05Z"],
      ["Reconciling", "2026-01-02T03:05:00Z"],
    ]);
  });

  it("goes on telling the count it last read when none can be read", () => {
    expect(status({ hitCounter: told(), probe: undefined }).hits).toBe(42);
  });

  it("tells the old version until every pod runs the new one, and that as healthy once it has served", () => {
    const hitCounter = told({ version: "1.1.0" });
    const rolling = { counter: { ...up, updated: 1, complete: false }, counterVersion: "1.1.0" };
    const arrived = { counterVersion: "1.1.0" };
    expect(status({ hitCounter, seen: rolling })).toMatchObject({
      version: "1.0.0",
      lastHealthyVersion: "1.0.0",
    });
    const silent = { failure: "the proxy answered 503" };
    expect(status({ hitCounter, seen: arrived, probe: silent })).toMatchObject({
      version: "1.1.0",
      lastHealthyVersion: "1.0.0",
    });
    expect(status({ hitCounter, seen: arrived })).toMatchObject({
      version: "1.1.0",
      lastHealthyVersion: "1.1.0",
    });
  });
});

describe("Ready", () => {
  it.each<[string, Parameters<typeof situation>[0]]>([
    [
      "ScaledToZero",
      { seen: { counter: { ...down, wanted: 0 } }, spec: { counter: { replicas: 0 } }, probe: undefined },
    ],
    [
      "ScaledToZero",
      { seen: { proxy: { ...down, wanted: 0 } }, spec: { proxy: { replicas: 0 } }, probe: undefined },
    ],
    ["RedisNotReady", { seen: { redis: down }, probe: undefined }],
    ["CounterNotReady", { seen: { counter: down }, probe: undefined }],
    ["ProxyNotReady", { seen: { proxy: down }, probe: undefined }],
    ["NoAnswer", { probe: { failure: "the proxy answered 503" } }],
    ["Confirming", { steady: false }],
  ])("is False with reason %s", (reason, but) => {
    expect(conditionOf("Ready", but)).toMatchObject({ status: "False", reason });
  });

  it("stays True where the proxy answers, however short this operator has known it", () => {
    expect(conditionOf("Ready", { hitCounter: told(), steady: false })?.status).toBe("True");
  });

  it("is True while pods are replaced, as long as the proxy answers", () => {
    const seen = { counter: { ...up, updated: 1, complete: false } };
    expect(conditionOf("Ready", { seen })?.status).toBe("True");
    expect(conditionOf("Progressing", { seen })).toMatchObject({ status: "True", reason: "RollingOut" });
  });
});

describe("a count that went back", () => {
  const less = { hitCounter: told(), probe: { hits: 3 } };

  it("is not believed: the HitCounter is not Ready until a person decides, and says how", () => {
    expect(conditionOf("Ready", less)).toMatchObject({ status: "False", reason: "CountWentBack" });
    expect(conditionOf("Degraded", less)?.message).toMatch(
      /^The count was 42 and now is 3: .* kubectl annotate hitcounter web --overwrite hitcounter\.dev\/accept-loss-of=42$/,
    );
    expect(conditionOf("Stalled", less)?.status).toBe("True");
    expect(status(less).hits).toBe(42);
  });

  const accepting = (count: string) => {
    const hitCounter = told();
    const annotations = { "hitcounter.dev/accept-loss-of": count };
    return { ...less, hitCounter: { ...hitCounter, metadata: { ...hitCounter.metadata, annotations } } };
  };

  it("is told of too where a counter refuses to count on, with the higher count that this one has seen", () => {
    const probe = { failure: "the proxy answered 503", goneBack: { from: 50, to: 3 } };
    const refused = { hitCounter: told(), probe };
    expect(conditionOf("Ready", refused)).toMatchObject({
      reason: "CountWentBack",
      message: expect.stringMatching(/^The count was 50 and now is 3: .*accept-loss-of=50$/),
    });
    expect(status(refused).hits).toBe(50);
    // Once that is accepted, only counters that know nothing of it have to come up.
    expect(conditionOf("Ready", { ...accepting("50"), probe })?.reason).toBe("NoAnswer");
    expect(status({ ...accepting("50"), probe }).hits).toBe(42);
  });

  it("is told of too where Redis does not start over data without a list of its files", () => {
    const words = `Redis would begin at 0: ${UNLISTED_DATA}, /data/x`;
    const trouble = { reason: "CrashLoopBackOff", message: `pod web-redis-0 (${words})`, hopeless: true };
    const seen = { redis: { ...down, trouble } };
    const refused = { hitCounter: told(), seen, probe: undefined };
    for (const type of ["Ready", "Degraded"]) {
      expect(conditionOf(type, refused)).toMatchObject({
        reason: "CountWentBack",
        message: expect.stringMatching(/^Redis does not start, .* list of files.*accept-loss-of=42$/),
      });
    }
    expect(status(refused).hits).toBe(42);
    expect(conditionOf("Degraded", { ...accepting("42"), seen, probe: undefined })?.reason).toBe(
      "RedisFailing",
    );
  });

  it("is believed once its loss was accepted, and that loss alone", () => {
    expect(status(accepting("42")).hits).toBe(3);
    expect(conditionOf("Ready", accepting("42"))?.status).toBe("True");
    expect(conditionOf("Ready", accepting("41"))?.status).toBe("False");
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
    expect(conditionOf("Degraded", { failure })).toMatchObject({
      status: "True",
      reason,
      message: expect.stringMatching(/Service proxy.*\.$/),
    });
    expect(conditionOf("Ready", { failure })?.status).toBe("True");
  });

  it("is nothing when something is only waited for", () => {
    const failure = new Waiting("Service proxy is being deleted");
    expect(conditionOf("Degraded", { failure })?.status).toBe("False");
    expect(conditionOf("Progressing", { failure })).toMatchObject({ status: "True", reason: "Waiting" });
  });

  it("is told when pods do not start, in the words of the pod", () => {
    const trouble = {
      reason: "CrashLoopBackOff",
      message: "pod web-x: CrashLoopBackOff (no disk)",
      hopeless: true,
    };
    expect(conditionOf("Degraded", { seen: { redis: { ...down, trouble } } })).toMatchObject({
      reason: "RedisFailing",
      message: "Pod web-x: CrashLoopBackOff (no disk).",
    });
    expect(conditionOf("Ready", { seen: { redis: { ...down, trouble } }, probe: undefined })?.message).toBe(
      "Redis is not ready: pod web-x: CrashLoopBackOff (no disk).",
    );
    expect(conditionOf("Degraded", { seen: { proxy: { ...up, trouble } } })?.reason).toBe("ProxyFailing");
  });

  it("is told when a Deployment has given up", () => {
    expect(conditionOf("Degraded", { seen: { counter: { ...up, stuck: true } } })).toMatchObject({
      reason: "CounterFailing",
      message: "New counter pods did not become ready within 120 s.",
    });
    const proxy = { ...up, stuck: true };
    expect(conditionOf("Degraded", { seen: { proxy } })?.reason).toBe("ProxyFailing");
    // No counter: no proxy can be ready.
    expect(conditionOf("Degraded", { seen: { proxy, counter: { ...down, wanted: 0 } } })?.status).toBe(
      "False",
    );
  });
});

describe("what kstatus reads", () => {
  const types = (but: Parameters<typeof situation>[0]) =>
    status(but)
      .conditions?.filter(({ status }) => status === "True")
      .map(({ type }) => type);

  it("is Reconciling while something is under way, Stalled when only a person can help, and never both", () => {
    const rolling = { counter: { ...up, updated: 1, complete: false } };
    const failure = new TerminalError("Service proxy exists");
    expect(types({})).toEqual(["Ready"]);
    expect(types({ seen: rolling })).toEqual(["Ready", "Progressing", "Reconciling"]);
    expect(types({ seen: rolling, failure })).toEqual(["Ready", "Progressing", "Degraded", "Stalled"]);
    expect(types({ failure: new Error("no connection") })).toEqual(["Ready", "Degraded"]);
  });

  it("is Stalled while a version that failed is not tried again", () => {
    const rolledBack = { reason: "ImagePullBackOff", message: "Went back from 1.1.0 to 1.0.0: no image." };
    const but = { plan: { version: "1.0.0", rolledBack }, spec: { version: "1.1.0" } };
    expect(types(but)).toEqual(["Ready", "Degraded", "RolledBack", "Stalled"]);
    expect(conditionOf("RolledBack", but)).toMatchObject(rolledBack);
    expect(conditionOf("Progressing", but)?.reason).toBe("RolledBack");
  });

  it("is nothing of the kind while a HitCounter is paused", () => {
    expect(conditionOf("Progressing", { spec: { paused: true } })).toMatchObject({
      status: "False",
      reason: "Paused",
    });
  });
});
