import { describe, expect, it } from "@jest/globals";
import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import { counterSettingsOf, revisionOf } from "../../desired/counterSettings.ts";
import { UNLISTED_DATA } from "../../desired/redisCommand.ts";
import { conditionOf as conditionIn } from "../../runtime/index.ts";
import { hitCounterWith } from "../../testing/fixtures.ts";
import { answered, type But, down, evidence, noImage, now, up } from "../../testing/seen.ts";
import type { Seen } from "../look/look.ts";
import { type Problem, waiting } from "../problem.ts";
import { saysTheSame } from "../tell/tell.ts";
import { judge } from "./judge.ts";

const later = new Date("2026-01-02T03:05:00Z");
const status = (but: But = {}) => judge(evidence(but)).status;
const told = (spec = {}) => ({ ...hitCounterWith(spec), status: status() });
const conditionOf = (type: string, but: But = {}) => conditionIn(status(but), type);
const refused = (message: string): Problem => ({
  kind: "refused",
  reason: "Refused",
  message,
  lookAgainMs: 10_000,
});

describe("the status of a HitCounter that serves", () => {
  it("says so", () => {
    expect(status()).toEqual({
      observedGeneration: 1,
      version: "1.0.0",
      lastHealthyVersion: "1.0.0",
      redis: { passwordMadeAt: "2026-01-01T00:00:00.000Z" },
      lastHealthyRevision: revisionOf(counterSettingsOf(hitCounterWith().spec)),
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
  });

  it("keeps the transition time while a condition's status is unchanged, and only then", () => {
    const hitCounter = told();
    expect(saysTheSame(hitCounter.status, status({ hitCounter, now: later }))).toBe(true);
    const changed = status({ hitCounter, seen: { redis: down, count: undefined }, now: later });
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
    expect(status({ hitCounter: told(), seen: { count: undefined } }).hits).toBe(42);
  });

  it("tells the old version until every pod runs the new one, and that as healthy once it has served", () => {
    const hitCounter = told({ version: "1.1.0" });
    const rolling = { counter: { ...up, updated: 1, complete: false }, counterVersion: "1.1.0" };
    const arrived = { counterVersion: "1.1.0", counterRevision: "of 1.1.0" };
    expect(status({ hitCounter, seen: rolling })).toMatchObject({
      version: "1.0.0",
      lastHealthyVersion: "1.0.0",
    });
    const silent = { ...arrived, count: answered({ failure: "the proxy answered 503" }) };
    const asked = { ...arrived, count: answered({ hits: 42 }, { fresh: false }) };
    for (const seen of [silent, asked]) {
      expect(status({ hitCounter, seen })).toMatchObject({ version: "1.1.0", lastHealthyVersion: "1.0.0" });
    }
    expect(status({ hitCounter, seen: arrived })).toMatchObject({
      version: "1.1.0",
      lastHealthyVersion: "1.1.0",
      lastHealthyRevision: "of 1.1.0",
    });
    expect(status({ hitCounter, seen: silent })).toMatchObject({
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
  it.each<[string, But]>([
    [
      "ScaledToZero",
      { seen: { counter: { ...down, wanted: 0 }, count: undefined }, spec: { counter: { replicas: 0 } } },
    ],
    [
      "ScaledToZero",
      { seen: { proxy: { ...down, wanted: 0 }, count: undefined }, spec: { proxy: { replicas: 0 } } },
    ],
    ["RedisNotReady", { seen: { redis: down, count: undefined } }],
    ["CounterNotReady", { seen: { counter: down, count: undefined } }],
    ["ProxyNotReady", { seen: { proxy: down, count: undefined } }],
    ["NoAnswer", { seen: { count: answered({ failure: "the proxy answered 503" }) } }],
    ["NoAnswer", { seen: { count: undefined } }],
    ["NoAnswer", { seen: { count: undefined, proxyService: undefined } }],
    ["Confirming", { seen: { count: answered({ hits: 42 }, { steady: false }) } }],
    ["Confirming", { seen: { count: answered({ hits: 42 }, { fresh: false }) } }],
  ])("is False with reason %s", (reason, but) => {
    expect(conditionOf("Ready", but)).toMatchObject({ status: "False", reason });
  });

  it("stays True where the proxy answers, however short this operator has known it", () => {
    expect(
      conditionOf("Ready", { hitCounter: told(), seen: { count: answered({ hits: 42 }, { steady: false }) } })
        ?.status,
    ).toBe("True");
  });

  it("is True while pods are replaced, as long as the proxy answers", () => {
    const seen = { counter: { ...up, updated: 1, complete: false } };
    expect(conditionOf("Ready", { seen })?.status).toBe("True");
    expect(conditionOf("Progressing", { seen })).toMatchObject({ status: "True", reason: "RollingOut" });
  });
});

describe("a count that went back", () => {
  const less = { hitCounter: told(), seen: { count: answered({ hits: 3 }) } };

  it("is not believed: the HitCounter is not Ready until a person decides, and says how", () => {
    expect(conditionOf("Ready", less)).toMatchObject({ status: "False", reason: "CountWentBack" });
    expect(conditionOf("Degraded", less)?.message).toMatch(
      /^The count was 42 and now is 3: .* kubectl annotate -n demo hitcounter web --overwrite hitcounter\.dev\/accept-loss-of=42$/,
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
    const seen = { count: answered({ failure: "the proxy answered 503", goneBack: { from: 50, to: 3 } }) };
    const refused = { hitCounter: told(), seen };
    expect(conditionOf("Ready", refused)).toMatchObject({
      reason: "CountWentBack",
      message: expect.stringMatching(/^The count was 50 and now is 3: .*accept-loss-of=50$/),
    });
    expect(status(refused).hits).toBe(50);
    // Once that is accepted, only counters that know nothing of it have to come up.
    expect(conditionOf("Ready", { ...accepting("50"), seen })?.reason).toBe("NoAnswer");
    expect(status({ ...accepting("50"), seen }).hits).toBe(42);
  });

  it("is told of too where Redis does not start over data without a list of its files", () => {
    const words = `Redis would begin at 0: ${UNLISTED_DATA}, /data/x`;
    const trouble = { ...noImage, reason: "CrashLoopBackOff", message: `pod web-redis-0 (${words})` };
    const seen = { redis: { ...down, trouble }, count: undefined };
    const refused = { hitCounter: told(), seen };
    for (const type of ["Ready", "Degraded"]) {
      expect(conditionOf(type, refused)).toMatchObject({
        reason: "CountWentBack",
        message: expect.stringMatching(/^Redis does not start, .* list of files.*accept-loss-of=42$/),
      });
    }
    expect(status(refused).hits).toBe(42);
    expect(conditionOf("Degraded", { ...accepting("42"), seen })?.reason).toBe("RedisFailing");
  });

  it("is believed once its loss was accepted, and that loss alone", () => {
    expect(status(accepting("42")).hits).toBe(3);
    expect(conditionOf("Ready", accepting("42"))?.status).toBe("True");
    expect(conditionOf("Ready", accepting("41"))?.status).toBe("False");
  });
});

describe("what went wrong", () => {
  const failed: Problem = {
    ...refused("applying Service proxy: 500"),
    kind: "failed",
    reason: "ReconcileFailed",
  };
  it.each<[string, Problem]>([
    ["Refused", refused("Service proxy exists and was not made by this operator: rename one of the two")],
    ["ReconcileFailed", failed],
    [
      "VolumeNotAsWanted",
      { ...refused("the class of Service proxy can't grow"), reason: "VolumeNotAsWanted" },
    ],
    ["Contested", { ...waiting("Service proxy: somebody keeps changing spec.ports"), reason: "Contested" }],
  ])("is told by Degraded, reason %s, and says nothing of who serves", (reason, problem) => {
    expect(conditionOf("Degraded", { problems: [problem] })).toMatchObject({
      status: "True",
      reason,
      message: expect.stringMatching(/Service proxy.*\.$/),
    });
    expect(conditionOf("Ready", { problems: [problem] })?.status).toBe("True");
  });

  it("is told of every child that was refused", () => {
    const problems = [refused("one is denied"), refused("another is denied"), refused("one is denied")];
    expect(conditionOf("Degraded", { problems })?.message).toBe("One is denied. Another is denied.");
  });

  it("is nothing when something is only waited for, and not even told when that is over in a moment", () => {
    const problems = [waiting("Service proxy is being deleted")];
    expect(conditionOf("Degraded", { problems })?.status).toBe("False");
    expect(conditionOf("Progressing", { problems })).toMatchObject({ status: "True", reason: "Waiting" });
    expect(conditionOf("Progressing", { problems: [waiting("a moment", 20)] })?.reason).toBe("Complete");
  });

  it("is not what admission makes of a child, which is told all the same", () => {
    const path = "spec.template.spec.containers[counter].imagePullPolicy";
    const altered = [{ path, desired: "IfNotPresent", live: "Never" }];
    expect(
      conditionOf("Degraded", { admission: new Map([["Deployment web-counter", { altered, at: 0 }]]) }),
    ).toMatchObject({
      status: "False",
      reason: "ChangedByAdmission",
      message: `Nothing is wrong; admission changes ${path} of Deployment web-counter from "IfNotPresent" to "Never".`,
    });
    const secret = [{ path: "data.password", desired: "c2VjcmV0", live: "b3RoZXI=" }];
    const words = conditionOf("Degraded", {
      admission: new Map([["Secret web-redis", { altered: secret, at: 0 }]]),
    })?.message;
    expect(words).toContain("data.password of Secret web-redis");
    expect(words).not.toMatch(/c2VjcmV0|b3RoZXI/);
  });

  it.each<[string, Partial<Seen>, string]>([
    [
      "PodsNotMade",
      { redis: { ...down, notMade: "create Pod web-redis-0 failed: exceeded quota: small" } },
      "Redis: create Pod web-redis-0 failed: exceeded quota: small.",
    ],
    [
      "Unschedulable",
      {
        counter: { ...up, trouble: { ...noImage, reason: "Unschedulable", message: "no node", own: false } },
      },
      "Counter: no node.",
    ],
    [
      "CounterFailing",
      {
        counter: {
          ...up,
          trouble: { ...noImage, reason: "CreateContainerConfigError", message: "no key", own: false },
        },
      },
      "No key.",
    ],
  ])("is told where something else keeps pods away: %s", (reason, seen, message) => {
    expect(conditionOf("Degraded", { seen })).toMatchObject({ status: "True", reason, message });
    expect(conditionOf("Stalled", { seen })).toBeUndefined();
  });

  it("is told when pods do not start, in the words of the pod", () => {
    const trouble = {
      ...noImage,
      reason: "CrashLoopBackOff",
      message: "pod web-x: CrashLoopBackOff (no disk)",
    };
    expect(conditionOf("Degraded", { seen: { redis: { ...down, trouble } } })).toMatchObject({
      reason: "RedisFailing",
      message: "Pod web-x: CrashLoopBackOff (no disk).",
    });
    expect(conditionOf("Ready", { seen: { redis: { ...down, trouble }, count: undefined } })?.message).toBe(
      "Redis is not ready: pod web-x: CrashLoopBackOff (no disk).",
    );
    expect(conditionOf("Degraded", { seen: { proxy: { ...up, trouble } } })?.reason).toBe("ProxyFailing");
  });

  it("is told when a Deployment has given up", () => {
    const counter = { ...up, stuck: true, unreadySince: 0 };
    expect(conditionOf("Degraded", { seen: { counter } })).toMatchObject({
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
  const types = (but: But) =>
    status(but)
      .conditions?.filter(({ status }) => status === "True")
      .map(({ type }) => type);

  it("is Reconciling while something is under way, Stalled when only a person can help, and never both", () => {
    const rolling = { counter: { ...up, updated: 1, complete: false } };
    const problems = [refused("Service proxy exists")];
    expect(types({})).toEqual(["Ready"]);
    expect(types({ seen: rolling })).toEqual(["Ready", "Progressing", "Reconciling"]);
    expect(types({ seen: rolling, problems })).toEqual(["Ready", "Progressing", "Degraded", "Stalled"]);
    expect(types({ problems: [{ ...refused("no"), kind: "failed", reason: "ReconcileFailed" }] })).toEqual([
      "Ready",
      "Degraded",
    ]);
  });

  it("is Stalled while a version that failed is not tried again", () => {
    const message = "Went back from 1.1.0 to 1.0.0: no image.";
    const condition = { type: "RolledBack", status: "True" as const, reason: "ImagePullBackOff", message };
    const before = { conditions: [{ ...condition, lastTransitionTime: "2026-01-02T03:04:05Z" }] };
    const hitCounter = { ...hitCounterWith({ version: "1.1.0" }), status: before };
    const healthy = counterSettingsOf(hitCounterWith().spec);
    const but = { hitCounter, choice: { settings: healthy, healthy, takenBack: true } };
    expect(types(but)).toEqual(["Ready", "Degraded", "RolledBack", "Stalled"]);
    expect(conditionOf("RolledBack", but)).toMatchObject(condition);
    expect(conditionOf("Progressing", but)?.reason).toBe("RolledBack");
    expect(status(but).rolledBackRevision).toBe(revisionOf(counterSettingsOf(hitCounter.spec)));
  });

  it("is nothing of the kind while a HitCounter is paused", () => {
    expect(conditionOf("Progressing", { spec: { paused: true } })).toMatchObject({
      status: "False",
      reason: "Paused",
    });
  });
});

describe("the volume", () => {
  const claim = (has: string, requested: string, metadata = {}): V1PersistentVolumeClaim => ({
    metadata: { name: "data-web-redis-0", ...metadata },
    spec: { storageClassName: "fast", volumeName: "pv-7", resources: { requests: { storage: requested } } },
    status: { phase: "Bound", capacity: { storage: has } },
  });

  it("is told of once there is one", () => {
    expect(status({ seen: { claim: claim("1Gi", "1Gi") } }).storage).toEqual({
      size: "1Gi",
      storageClassName: "fast",
    });
    const unbound = { ...claim("1Gi", "1Gi"), status: { phase: "Pending" } };
    expect(status({ seen: { claim: unbound } })).not.toHaveProperty("storage");
  });

  it("is not as wanted until it has grown", () => {
    expect(conditionOf("Progressing", { seen: { claim: claim("1Gi", "2Gi") } })).toMatchObject({
      status: "True",
      reason: "VolumeResizing",
      message: "The volume grows from 1Gi to 2Gi.",
    });
  });

  it("may be larger than spec asks for, which is told and not wrong", () => {
    expect(conditionOf("Degraded", { seen: { claim: claim("2Gi", "2Gi") } })).toMatchObject({
      status: "False",
      reason: "VolumeLarger",
    });
  });

  it("whose claim was deleted can still be saved: that is told at once, and how", () => {
    const deleted = claim("1Gi", "1Gi", { deletionTimestamp: new Date(0) });
    expect(conditionOf("Degraded", { seen: { claim: deleted } })).toMatchObject({
      status: "True",
      reason: "DataAtRisk",
      message: expect.stringContaining("kubectl patch pv pv-7 "),
    });
  });
});

describe("the next look", () => {
  const at = (but: But) => judge(evidence(but)).lookAgainMs;

  it("is when something happens, where nothing is left to do", () => {
    expect(at({ hitCounter: told() })).toBeUndefined();
  });

  it("is soon where something else is healthy by now, as what was before is kept no longer", () => {
    expect(at({})).toBe(1_000);
  });

  it("is at the first time that something may have changed without a word", () => {
    const problems = [waiting("a claim goes", 5_000), refused("a policy denies it")];
    const hitCounter = told();
    expect(at({ hitCounter, problems })).toBe(5_000);
    expect(at({ hitCounter, problems, changes: [{ child: "Service web-proxy", result: "created" }] })).toBe(
      1_000,
    );
    const counter = { ...up, stuck: true, unreadySince: now.getTime() - 119_500 };
    expect(at({ seen: { counter } })).toBe(500);
  });

  it("is at once where something is taken back: the next one does it", () => {
    const choice = {
      ...evidence().choice,
      healthy: counterSettingsOf(hitCounterWith({ version: "0.9.0" }).spec),
    };
    const but = { choice, seen: { counter: { ...up, trouble: noImage } } };
    expect(at(but)).toBe(0);
    // And is remembered by what it was, not to be tried again.
    expect(status(but).rolledBackRevision).toBe(revisionOf(counterSettingsOf(hitCounterWith().spec)));
  });
});
