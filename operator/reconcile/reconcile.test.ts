import { describe, expect, it } from "@jest/globals";
import type {
  V1ConfigMap,
  V1Deployment,
  V1PersistentVolumeClaim,
  V1PodDisruptionBudget,
  V1Secret,
  V1Service,
  V1StatefulSet,
} from "@kubernetes/client-node";
import { counterSettingsOf, revisionOf } from "../desired/counterSettings.ts";
import { selectorLabels } from "../desired/names.ts";
import { FakeCluster, refusal } from "../testing/fakeCluster.ts";
import { hitCounterWith, readyPod } from "../testing/fixtures.ts";

type Spec = Parameters<typeof hitCounterWith>[0];

/** The claim of Redis's volume, as the StatefulSet makes it. */
const claim = (has: string, requested = has, more: object = {}): V1PersistentVolumeClaim => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: {
    name: "data-web-redis-0",
    namespace: "demo",
    labels: {
      "app.kubernetes.io/name": "hitcounter",
      "app.kubernetes.io/instance": "web",
      "app.kubernetes.io/component": "redis",
      "app.kubernetes.io/managed-by": "hitcounter-operator",
    },
  },
  spec: { volumeName: "pv-7", resources: { requests: { storage: requested } } },
  status: { phase: "Bound", capacity: { storage: has } },
  ...more,
});

/** A HitCounter `web` that is as it should be and serves. */
async function serving(spec: Spec = {}): Promise<FakeCluster> {
  const cluster = new FakeCluster(hitCounterWith(spec));
  await cluster.settle();
  cluster.run();
  cluster.put(claim("1Gi"));
  await cluster.turn();
  cluster.count(42);
  await cluster.settle();
  expect(cluster.told("Ready")).toMatch(/^True/);
  return cluster;
}
/** Asks for something else. */
function want(cluster: FakeCluster, spec: Spec): void {
  const { status, metadata } = cluster.hitCounter;
  cluster.put({ ...hitCounterWith(spec), metadata, ...(status && { status }) });
}
const counters = (cluster: FakeCluster) => cluster.object<V1Deployment>("Deployment web-counter");
const imageOf = (cluster: FakeCluster) => counters(cluster).spec?.template.spec?.containers[0]?.image;
const ledTo = (cluster: FakeCluster) =>
  cluster.object<V1ConfigMap>("ConfigMap web-proxy").data?.["nginx.conf"] ?? "";
const addressOf = (cluster: FakeCluster, name: string) =>
  cluster.object<V1Service>(`Service ${name}`).spec?.clusterIP;
const writesTo = (cluster: FakeCluster, title: string) =>
  cluster.writes.filter((write) => write.endsWith(title));
/** The pods of the counters can't pull their image. */
function failToPull(cluster: FakeCluster): void {
  const labels = counters(cluster).spec?.template.metadata?.labels ?? {};
  const state = { waiting: { reason: "ImagePullBackOff", message: "no such tag" } };
  const container = { name: "counter", image: "i", imageID: "", ready: false, restartCount: 0, state };
  cluster.pods.push({
    metadata: { name: "web-counter-x", labels },
    status: { containerStatuses: [container] },
  });
}

describe("a HitCounter", () => {
  it("gets its children, and then nothing is written any more", async () => {
    const cluster = await serving();
    await cluster.turn();
    expect(cluster.writes).toEqual([]);
    expect(cluster.gets).toEqual([]);
    expect(cluster.titles).toContain("Deployment web-proxy");
    expect(ledTo(cluster)).toContain(`${addressOf(cluster, "web-counter")}:80`);
  });

  it("is forgotten when it is gone", async () => {
    const cluster = await serving();
    cluster.remove("HitCounter web");
    expect(await cluster.turn()).toEqual({});
    expect(cluster.context.memories.size).toBe(0);
    expect(cluster.asked).toBeUndefined();
  });

  it("that is paused has nothing changed, and is told of all the same", async () => {
    const cluster = await serving();
    want(cluster, { paused: true, version: "1.1.0" });
    cluster.patch("Service web-proxy", { spec: { selector: { app: "other" } } });
    await cluster.turn();
    expect(cluster.writes).toEqual(["status HitCounter web"]);
    expect(cluster.told("Progressing")).toMatch(/Paused/);
  });

  it("is told of as before by an operator that has just begun, until it has heard of the proxy", async () => {
    const cluster = await serving();
    cluster.context.memories.forget({ namespace: "demo", name: "web" });
    cluster.answer = undefined;
    await cluster.turn();
    expect([cluster.writes, cluster.events]).toEqual([[], []]);
    expect(cluster.asked).toBeDefined();
    cluster.count(43);
    await cluster.turn();
    expect(cluster.hitCounter.status?.hits).toBe(43);
    cluster.answer = undefined;
    await cluster.turn();
    expect(cluster.told("Ready")).toMatch(/^False NoAnswer/);
  });

  it("whose name is another's by the time of its status gets none of it", async () => {
    const cluster = await serving();
    const before = cluster.hitCounter;
    cluster.count(99);
    cluster.admit = (object) => object;
    const { get } = cluster.context.hitCounters;
    cluster.context.hitCounters.get = () => before;
    cluster.put({ ...hitCounterWith(), metadata: { ...before.metadata, uid: "another" } });
    expect(await cluster.turn()).toEqual({ requeueAfterMs: 500 });
    cluster.context.hitCounters.get = get;
    expect(cluster.hitCounter.status).toBeUndefined();
  });
});

describe("what was done", () => {
  it("is told also where the status can't be written, which is then computed again", async () => {
    const cluster = new FakeCluster(hitCounterWith());
    cluster.refuse = (title) => (title === "HitCounter web" ? refusal(503, "etcd is away") : undefined);
    expect((await cluster.turn()).error).toBeDefined();
    expect(cluster.events.join()).toContain("Created: Created Service web-counter, NetworkPolicy web-redis");
    cluster.refuse = () => undefined;
    await cluster.turn();
    expect(cluster.told("Ready")).toMatch(/RedisNotReady/);
  });
});

describe("what is new in the status", () => {
  it("is told once, and also where the answer to its write was lost", async () => {
    const cluster = await serving();
    const { client } = cluster.context;
    const { patchStatus } = client;
    client.patchStatus = async (...request) => {
      client.patchStatus = patchStatus;
      await patchStatus(...request);
      throw new Error("the connection broke");
    };
    cluster.answer = undefined;
    const events: string[] = [];
    for (let turns = 0; turns < 3; turns += 1) {
      await cluster.turn();
      events.push(...cluster.events);
    }
    expect(cluster.told("Ready")).toMatch(/^False NoAnswer/);
    expect(events).toEqual([expect.stringMatching(/^NotReady: /)]);
  });
});

describe("a child that is refused", () => {
  const denied =
    "ValidatingAdmissionPolicy 'try-team-label' denied request: every Deployment needs the pod label team";

  it("holds up no other, is told with the words of who refused it, and heals once it is let", async () => {
    const cluster = new FakeCluster(hitCounterWith());
    cluster.refuse = (title) => (title.startsWith("Deployment") ? refusal(422, denied) : undefined);
    const { requeueAfterMs } = await cluster.turn();
    expect(cluster.titles).toEqual(expect.arrayContaining(["StatefulSet web-redis", "Service web-proxy"]));
    expect(cluster.titles).not.toContain("Deployment web-counter");
    expect(cluster.told("Degraded")).toMatch(/^True Refused: .*try-team-label/);
    expect(requeueAfterMs).toBeLessThanOrEqual(10_000);

    await cluster.turn();
    expect(cluster.writes).toEqual([]);
    cluster.refuse = () => undefined;
    cluster.clock.advance(10_000);
    await cluster.turn();
    expect(cluster.titles).toContain("Deployment web-counter");
    expect(cluster.told("Degraded")).toMatch(/^False/);
  });

  it("is asked again at most every ten minutes in the end, and at once where spec changes", async () => {
    const cluster = new FakeCluster(hitCounterWith());
    cluster.refuse = (title) =>
      title === "Deployment web-counter" ? refusal(403, "exceeded quota") : undefined;
    let asked = 0;
    for (let minutes = 0; minutes < 120; minutes += 1) {
      await cluster.turn();
      asked += writesTo(cluster, "Deployment web-counter").length;
      cluster.clock.advance(60_000);
    }
    expect(asked).toBeGreaterThanOrEqual(120 / 11);
    expect(asked).toBeLessThan(25);
    want(cluster, { version: "1.1.0" });
    await cluster.turn();
    expect(writesTo(cluster, "Deployment web-counter")).toHaveLength(1);
  });

  it("for a moment, as the API server is not well, is tried again by the queue, and the others are made meanwhile", async () => {
    const cluster = new FakeCluster(hitCounterWith());
    cluster.refuse = (title) => (title === "Service web-redis" ? refusal(503, "etcd is away") : undefined);
    const { error } = await cluster.turn();
    expect(String(error)).toContain("Service web-redis");
    expect(cluster.titles).toContain("Service web-proxy");
    expect(cluster.told("Degraded")).toMatch(/^True ReconcileFailed/);
  });

  it("as another made it under its name is never taken over", async () => {
    const cluster = new FakeCluster(hitCounterWith());
    cluster.put({ kind: "Service", apiVersion: "v1", metadata: { name: "web-proxy", uid: "theirs" } });
    await cluster.turn();
    expect(cluster.object("Service web-proxy").metadata?.ownerReferences).toBeUndefined();
    expect(cluster.told("Degraded")).toMatch(/Service web-proxy exists and was not made by this operator/);
  });

  it("as somebody's finalizer holds it is waited for, and that is told", async () => {
    const cluster = await serving();
    const metadata = { deletionTimestamp: "2026-01-02T00:00:00Z", finalizers: ["example.com/hold"] };
    cluster.patch("ConfigMap web-proxy", { metadata });
    await cluster.turn();
    expect(cluster.told("Progressing")).toMatch(
      /Waiting: ConfigMap web-proxy is being deleted, held by .*example\.com\/hold/,
    );
  });
});

describe("a Redis whose pod is not made", () => {
  it("is told of in the words of its Event, once they have stood for a moment", async () => {
    const cluster = await serving();
    cluster.whyNotMade = { value: "exceeded quota: pods", steady: false };
    await cluster.turn();
    expect(cluster.told("Degraded")).toMatch(/^False/);
    cluster.whyNotMade = { value: "exceeded quota: pods", steady: true };
    await cluster.turn();
    expect(cluster.told("Degraded")).toBe("True PodsNotMade: Redis: exceeded quota: pods.");
  });
});

describe("a version that fails", () => {
  const upgraded = async (spec: Spec = { version: "1.1.0" }) => {
    const cluster = await serving();
    want(cluster, spec);
    await cluster.settle();
    failToPull(cluster);
    return cluster;
  };

  it("is remembered as taken back before it is, and then all that was healthy is restored", async () => {
    const settings = { version: "1.1.0", message: "{hits}!", counter: { image: "example.com/other" } };
    const cluster = await upgraded(settings);
    expect(imageOf(cluster)).toBe("example.com/other:1.1.0");
    expect(await cluster.turn()).toEqual({ requeueAfterMs: 0 });
    expect(cluster.told("RolledBack")).toMatch(/^True ImagePullBackOff: Went back from 1\.1\.0 to 1\.0\.0/);
    expect(imageOf(cluster)).toBe("example.com/other:1.1.0");
    await cluster.settle();
    expect(imageOf(cluster)).toBe("example.com/counter:1.0.0");
    const env = counters(cluster).spec?.template.spec?.containers[0]?.env ?? [];
    expect(env.find(({ name }) => name === "MESSAGE")?.value).toBe("Holla! we have hit {hits} times");
  });

  it("is not tried again by a change that does not decide it, such as kubectl scale", async () => {
    const cluster = await upgraded();
    await cluster.settle();
    want(cluster, { version: "1.1.0", counter: { replicas: 5 } });
    await cluster.settle();
    expect(imageOf(cluster)).toBe("example.com/counter:1.0.0");
    expect(counters(cluster).spec?.replicas).toBe(5);
    want(cluster, { version: "1.1.0", message: "{hits} again", counter: { replicas: 5 } });
    await cluster.settle();
    expect(imageOf(cluster)).toBe("example.com/counter:1.1.0");
  });

  it("leaves two revisions: what is wanted and what was healthy", async () => {
    const cluster = await upgraded();
    await cluster.settle();
    const names = [hitCounterWith(), hitCounterWith({ version: "1.1.0" })].map(
      ({ spec }) => `ControllerRevision web-counter-${revisionOf(counterSettingsOf(spec))}`,
    );
    expect(cluster.titles.filter((title) => title.startsWith("ControllerRevision")).sort()).toEqual(
      names.sort(),
    );
  });
});

describe("a child that others change", () => {
  it("is repaired where that stops a rollout", async () => {
    const cluster = await serving();
    cluster.patch("Deployment web-counter", { spec: { paused: true } });
    cluster.patch("StatefulSet web-redis", { spec: { updateStrategy: { rollingUpdate: { partition: 7 } } } });
    await cluster.turn();
    expect(counters(cluster).spec?.paused).toBe(false);
    const { spec } = cluster.object<V1StatefulSet>("StatefulSet web-redis");
    expect(spec?.updateStrategy?.rollingUpdate?.partition).toBe(0);
    expect(cluster.events).toContainEqual(
      "DriftRepaired: Undid changes made to StatefulSet web-redis, Deployment web-counter",
    );
  });

  it("while the others are applied is repaired at the next look", async () => {
    const cluster = new FakeCluster(hitCounterWith());
    cluster.admit = (object) => {
      const isLast = object.kind === "Service" && object.metadata?.name === "web-proxy";
      if (isLast) cluster.patch("Deployment web-counter", { spec: { paused: true } });
      return object;
    };
    await cluster.turn();
    expect(counters(cluster).spec?.paused).toBe(true);
    await cluster.turn();
    expect(counters(cluster).spec?.paused).toBe(false);
  });

  it("by admission is sent once, told, and left as admission wants it", async () => {
    const cluster = new FakeCluster(hitCounterWith());
    cluster.admit = (object) =>
      JSON.parse(
        JSON.stringify(object).replaceAll('"imagePullPolicy":"IfNotPresent"', '"imagePullPolicy":"Never"'),
      );
    await cluster.settle();
    await cluster.turn();
    expect(cluster.writes).toEqual([]);
    expect(cluster.told("Degraded")).toMatch(
      /^False ChangedByAdmission: .*containers\[counter\]\.imagePullPolicy of Deployment web-counter from "IfNotPresent" to "Never"/,
    );
    expect(cluster.events.join()).not.toContain("DriftRepaired");
    // It may be another by now.
    cluster.admit = (object) => object;
    cluster.clock.advance(600_000);
    await cluster.settle();
    expect(cluster.told("Degraded")).toMatch(/^False AsExpected/);
    expect(counters(cluster).spec?.template.spec?.containers[0]?.imagePullPolicy).toBe("IfNotPresent");
  });

  it("again and again is repaired ever more slowly, and who does it is named", async () => {
    const cluster = await serving();
    const meddle = () => {
      const managedFields = [
        {
          manager: "meddler",
          operation: "Update",
          fieldsV1: { "f:spec": { "f:selector": { "f:app": {} } } },
        },
      ];
      cluster.patch("Service web-redis", {
        metadata: { managedFields },
        spec: { selector: { app: "other" } },
      });
    };
    let repairs = 0;
    for (let seconds = 0; seconds < 600; seconds += 1) {
      if (repairs === 0 || writesTo(cluster, "Service web-redis").length > 0) meddle();
      await cluster.turn();
      repairs += writesTo(cluster, "Service web-redis").length;
      cluster.clock.advance(1_000);
    }
    expect(repairs).toBeGreaterThan(3);
    expect(repairs).toBeLessThan(15);
    expect(cluster.told("Degraded")).toMatch(
      /Contested: Service web-redis: meddler keeps changing spec\.selector/,
    );
  });

  it("the Secret of Redis is put back as it was, whatever became of it", async () => {
    const cluster = await serving();
    const password = () => cluster.object<V1Secret>("Secret web-redis").data?.password;
    const before = password();
    cluster.patch("Secret web-redis", { data: { password: "b3RoZXItcGFzc3dvcmQtdGhhdC1pcy1sb25n" } });
    await cluster.settle();
    expect(password()).toBe(before);
    cluster.remove("Secret web-redis");
    await cluster.settle();
    expect(password()).toBe(before);
    expect(writesTo(cluster, "StatefulSet web-redis")).toEqual([]);
  });

  it("the Secret, changed while no operator ran, is put back as it was too", async () => {
    const cluster = await serving();
    const password = () => cluster.object<V1Secret>("Secret web-redis").data?.password;
    const before = password();
    cluster.context.memories.forget({ namespace: "demo", name: "web" });
    cluster.patch("Secret web-redis", { data: { password: "b3RoZXItcGFzc3dvcmQtdGhhdC1pcy1sb25n" } });
    await cluster.turn();
    expect(password()).toBe(before);
    expect(writesTo(cluster, "StatefulSet web-redis")).toEqual([]);
  });

  it("the Secret, lost while no operator ran, has other passwords, and that is told", async () => {
    const cluster = await serving();
    cluster.context.memories.forget({ namespace: "demo", name: "web" });
    cluster.remove("Secret web-redis");
    await cluster.turn();
    expect(cluster.events.join()).toContain("PasswordChanged");
    expect(cluster.writes).toEqual(expect.arrayContaining(["apply StatefulSet web-redis"]));
  });

  it("keeps the replicas that an autoscaler has set, also where it has lost the label by which it is watched", async () => {
    const cluster = await serving({ counter: { autoscaling: { minReplicas: 2, maxReplicas: 9 } } });
    cluster.patch("Deployment web-counter", {
      metadata: { labels: { "app.kubernetes.io/managed-by": "" } },
      spec: { replicas: 5 },
    });
    const { Deployment } = cluster.context.children;
    const { get } = Deployment;
    Deployment.get = (key) => {
      const found = get(key);
      return found?.metadata?.labels?.["app.kubernetes.io/managed-by"] === "" ? undefined : found;
    };
    await cluster.turn();
    expect(writesTo(cluster, "Deployment web-counter")).not.toEqual([]);
    expect(counters(cluster).metadata?.labels).toMatchObject({
      "app.kubernetes.io/managed-by": "hitcounter-operator",
    });
    expect(counters(cluster).spec?.replicas).toBe(5);
  });

  it("costs no read where none is at stake", async () => {
    const cluster = await serving();
    cluster.patch("ConfigMap web-proxy", { data: { "nginx.conf": "broken" } });
    cluster.patch("Service web-redis", { spec: { selector: { app: "other" } } });
    await cluster.turn();
    expect(cluster.writes).toEqual(
      expect.arrayContaining(["apply ConfigMap web-proxy", "apply Service web-redis"]),
    );
    expect(cluster.gets).toEqual([]);
  });
});

describe("the Service of the counters, deleted by somebody,", () => {
  it("gets back the address that the proxies know", async () => {
    const cluster = await serving();
    const before = addressOf(cluster, "web-counter");
    cluster.remove("Service web-counter");
    let refusals = 2;
    cluster.refuse = (title) => {
      const isRefused = title === "Service web-counter" && refusals > 0;
      if (isRefused) refusals -= 1;
      return isRefused ? refusal(422, "provided IP is already allocated") : undefined;
    };
    const sent: unknown[] = [];
    cluster.admit = (object) => {
      if (object.kind === "Service" && object.metadata?.name === "web-counter")
        sent.push((object as V1Service).spec?.clusterIP);
      return object;
    };
    expect((await cluster.turn()).requeueAfterMs).toBeLessThanOrEqual(100);
    expect(cluster.told("Progressing")).not.toMatch(/Waiting/);
    const events: string[] = [];
    for (let turns = 0; turns < 3; turns += 1) {
      cluster.clock.advance(100);
      await cluster.turn();
      events.push(...cluster.events);
    }
    expect(sent[0]).toBe(before);
    expect(cluster.find("Service web-counter")).toBeDefined();
    expect(events).toEqual([expect.stringMatching(/^DriftRepaired: Made anew .*Service web-counter/)]);
  });

  it("gets it back also where it went after it had been found, in the midst of a turn", async () => {
    const cluster = await serving();
    const before = addressOf(cluster, "web-counter");
    cluster.patch("Service web-redis", { spec: { selector: { app: "other" } } });
    cluster.refuse = (title) => {
      if (title === "Service web-redis") cluster.remove("Service web-counter");
      return undefined;
    };
    await cluster.turn();
    expect(cluster.writes).toContain("apply Service web-redis");
    cluster.refuse = () => undefined;
    await cluster.settle();
    expect(addressOf(cluster, "web-counter")).toBe(before);
    expect(ledTo(cluster)).toContain(`${before}:80`);
  });
});

describe("the Service of the counters, replaced by one with another address in the midst of a turn,", () => {
  it("is what the proxies lead to in the end", async () => {
    const cluster = await serving();
    const service = cluster.object<V1Service>("Service web-counter");
    cluster.patch("Service web-redis", { spec: { selector: { app: "other" } } });
    cluster.refuse = (title) => {
      if (title !== "Service web-redis") return undefined;
      cluster.remove("Service web-counter");
      cluster.put({ ...service, spec: { ...service.spec, clusterIP: "10.96.1.1" } });
      return undefined;
    };
    await cluster.turn();
    cluster.refuse = () => undefined;
    await cluster.settle();
    expect(ledTo(cluster)).toContain("10.96.1.1:80");
  });
});

describe("what another HitCounter has under the name of a child", () => {
  const ofAnother = (kind: string, name: string, spec: object, uid = "uid-of-another") => {
    const owner = { apiVersion: "hitcounter.dev/v1alpha1", kind: "HitCounter", uid, controller: true };
    const labels = {
      "app.kubernetes.io/managed-by": "hitcounter-operator",
      "app.kubernetes.io/instance": "other",
      "app.kubernetes.io/component": "proxy",
    };
    const metadata = { name, labels, ownerReferences: [{ ...owner, name: "other" }] };
    return { apiVersion: "v1", kind, metadata, spec };
  };

  it("is nothing that its own proxies lead to", async () => {
    const cluster = new FakeCluster(hitCounterWith());
    cluster.put(ofAnother("Service", "web-counter", { clusterIP: "10.96.0.66", ipFamilies: ["IPv4"] }));
    await cluster.turn();
    expect(cluster.find("ConfigMap web-proxy")).toBeUndefined();
    expect(cluster.find("StatefulSet web-redis")).toBeDefined();
    expect(cluster.told("Degraded")).toMatch(/Service web-counter exists and belongs to HitCounter other/);
  });
});

describe("a HitCounter made anew under its name", () => {
  it("is told nothing of what its predecessor's pods count as long as there are any", async () => {
    const cluster = await serving();
    const { metadata, spec } = hitCounterWith();
    const held = { deletionTimestamp: "2026-01-02T00:00:00Z", finalizers: ["example.com/hold"] };
    for (const title of ["StatefulSet web-redis", "Deployment web-counter", "Deployment web-proxy"]) {
      cluster.patch(title, { metadata: held }, { status: true });
    }
    for (const title of cluster.titles.filter((each) => /^(Service|ConfigMap|Secret)/.test(each))) {
      cluster.remove(title);
    }
    cluster.remove("HitCounter web");
    cluster.put({ ...hitCounterWith(), metadata: { ...metadata, uid: "anew" }, spec });
    for (const goesOn of [false, true]) {
      if (goesOn)
        for (const title of ["StatefulSet web-redis", "Deployment web-counter", "Deployment web-proxy"])
          cluster.remove(title);
      await cluster.turn();
      await cluster.turn();
      expect(cluster.find("Service web-proxy")).toBeDefined();
      expect(cluster.asked).toBeUndefined();
      expect(cluster.hitCounter.status).not.toHaveProperty("lastHealthyVersion");
      expect(cluster.hitCounter.status).not.toHaveProperty("version");
    }
    cluster.run();
    await cluster.turn();
    expect(cluster.asked).toBeDefined();
  });
});

describe("the proxy is asked by the PROXY protocol", () => {
  const proxy = { clientAddress: { trustedProxies: ["10.0.0.0/8"], proxyProtocol: true } };
  const isTarget = (proxyProtocol: boolean) =>
    expect.objectContaining({ target: expect.objectContaining({ proxyProtocol }) });

  it("as long as the proxies have it so: while it is paused, whatever spec says", async () => {
    const cluster = await serving();
    expect(cluster.asked).toEqual(isTarget(false));
    want(cluster, { proxy, paused: true });
    await cluster.settle();
    expect(cluster.asked).toEqual(isTarget(false));
    want(cluster, { proxy });
    await cluster.settle();
    expect(cluster.asked).toEqual(isTarget(true));
    want(cluster, { paused: true });
    await cluster.settle();
    expect(cluster.asked).toEqual(isTarget(true));
  });
});

describe("the proxy's Service under another name", () => {
  it("replaces the old one, which stays with its address until the new one is there", async () => {
    const cluster = await serving({ proxy: { service: { type: "ClusterIP" } } });
    const before = cluster.hitCounter.status?.address;
    expect(before).toBe(addressOf(cluster, "web-proxy"));
    cluster.refuse = (title) => (title === "Service site" ? refusal(422, "denied") : undefined);
    want(cluster, { proxy: { service: { name: "site", type: "ClusterIP" } } });
    await cluster.turn();
    expect(cluster.hitCounter.status?.address).toBe(before);
    expect(cluster.find("Service web-proxy")).toBeDefined();
    cluster.refuse = () => undefined;
    cluster.clock.advance(60_000);
    await cluster.settle();
    expect(cluster.find("Service site")).toBeDefined();
    expect(cluster.find("Service web-proxy")).toBeUndefined();
  });
});

describe("a child that is no longer wanted", () => {
  it("is deleted once, though the watch is late to tell so", async () => {
    const cluster = await serving({ counter: { replicas: 2 } });
    const { byIndex } = cluster.context.children.PodDisruptionBudget;
    const late = cluster.object("PodDisruptionBudget web-counter") as V1PodDisruptionBudget;
    want(cluster, { counter: { replicas: 1 } });
    await cluster.turn();
    expect(writesTo(cluster, "PodDisruptionBudget web-counter")).toHaveLength(1);
    cluster.context.children.PodDisruptionBudget.byIndex = (uid) => [late, ...byIndex(uid)];
    await cluster.turn();
    expect(writesTo(cluster, "PodDisruptionBudget web-counter")).toEqual([]);
  });
});

describe("the volume of Redis", () => {
  const live = (cluster: FakeCluster) =>
    cluster.object<V1PersistentVolumeClaim>("PersistentVolumeClaim data-web-redis-0");
  const sized = (size: string) => ({ redis: { storage: { size } } });

  it("that can't grow is told, holds up nothing, and grows when it can without a change of spec", async () => {
    const cluster = await serving();
    cluster.refuse = (title) =>
      title.startsWith("PersistentVolumeClaim")
        ? refusal(403, "only dynamically provisioned pvc can be resized")
        : undefined;
    want(cluster, { ...sized("2Gi"), version: "1.1.0" });
    await cluster.settle();
    expect(imageOf(cluster)).toBe("example.com/counter:1.1.0");
    expect(cluster.told("Degraded")).toMatch(/^True VolumeNotAsWanted: .*can be resized/);
    cluster.refuse = () => undefined;
    cluster.clock.advance(10_000);
    await cluster.turn();
    expect(live(cluster).spec?.resources?.requests?.storage).toBe("2Gi");
    expect(cluster.told("Progressing")).toMatch(/VolumeResizing|RollingOut/);
  });

  it("that somebody else grew is left as it is, and holds up nothing", async () => {
    const cluster = await serving();
    cluster.put(claim("2Gi"));
    cluster.remove("Deployment web-counter");
    await cluster.settle();
    expect(cluster.find("Deployment web-counter")).toBeDefined();
    expect(live(cluster).spec?.resources?.requests?.storage).toBe("2Gi");
  });

  it("goes with the HitCounter where spec says so, and with nothing else", async () => {
    const cluster = await serving({ deletionPolicy: "Delete" });
    expect(live(cluster).metadata?.ownerReferences).toEqual([
      { apiVersion: "hitcounter.dev/v1alpha1", kind: "HitCounter", name: "web", uid: "uid-of-web" },
    ]);
    const { spec } = cluster.object<V1StatefulSet>("StatefulSet web-redis");
    expect(spec?.persistentVolumeClaimRetentionPolicy).toEqual({
      whenDeleted: "Retain",
      whenScaled: "Retain",
    });
  });

  it("of a former HitCounter is not counted on in while it goes", async () => {
    const cluster = new FakeCluster(hitCounterWith());
    const former = { apiVersion: "hitcounter.dev/v1alpha1", kind: "HitCounter", name: "web", uid: "former" };
    const { metadata, ...rest } = claim("1Gi");
    cluster.put({ ...rest, metadata: { ...metadata, ownerReferences: [former] } });
    await cluster.turn();
    expect(cluster.find("StatefulSet web-redis")).toBeUndefined();
    expect(cluster.find("Deployment web-proxy")).toBeDefined();
    expect(cluster.told("Progressing")).toMatch(
      /Waiting: The volume data-web-redis-0 of the former HitCounter/,
    );
    cluster.remove("PersistentVolumeClaim data-web-redis-0");
    await cluster.turn();
    expect(cluster.find("StatefulSet web-redis")).toBeDefined();
  });

  it("is given to a Redis only when the pod of the one before is gone, or has outlived its grace", async () => {
    for (const end of ["gone", "overdue"]) {
      const cluster = new FakeCluster(hitCounterWith());
      const deletionTimestamp = new Date(cluster.context.now().getTime() + 30_000);
      const labels = selectorLabels(hitCounterWith(), "redis");
      const pod = readyPod("web-redis-0", labels, new Date(0));
      cluster.pods.push({ ...pod, metadata: { ...pod.metadata, deletionTimestamp } });
      await cluster.turn();
      expect(cluster.find("StatefulSet web-redis")).toBeUndefined();
      expect(cluster.told("Progressing")).toMatch(
        /Waiting: Pod web-redis-0 of the Redis before is on its way out/,
      );
      if (end === "gone") cluster.pods.splice(0);
      else cluster.clock.advance(36_000);
      await cluster.turn();
      expect([end, cluster.find("StatefulSet web-redis") !== undefined]).toEqual([end, true]);
    }
  });

  it("that was made by hand, without labels, is taken up once Redis runs", async () => {
    const cluster = await serving(sized("3Gi"));
    const { metadata, ...rest } = claim("2Gi");
    const { get } = cluster.context.volumeClaims;
    cluster.context.volumeClaims.get = (key) => {
      const found = get(key);
      return found?.metadata?.labels ? found : undefined;
    };
    cluster.put({ ...rest, metadata: { name: metadata?.name ?? "" } });
    await cluster.settle();
    expect(live(cluster).metadata?.labels).toMatchObject({
      "app.kubernetes.io/managed-by": "hitcounter-operator",
    });
    expect(live(cluster).spec?.resources?.requests?.storage).toBe("3Gi");
  });

  it("that there never was is asked for anew where spec asks for another, and no other is", async () => {
    const cluster = await serving({ redis: { storage: { storageClassName: "fsat" } } });
    const unbound = (annotations: object) => {
      const { metadata, spec } = claim("1Gi");
      return {
        ...claim("1Gi"),
        metadata: { ...metadata, annotations },
        spec: { resources: spec?.resources },
        status: { phase: "Pending" },
      };
    };
    cluster.put(unbound({ "hitcounter.dev/storage": "1Gi fsat" }) as V1PersistentVolumeClaim);
    await cluster.settle();
    expect(cluster.find("PersistentVolumeClaim data-web-redis-0")).toBeDefined();
    want(cluster, { redis: { storage: { storageClassName: "standard" } } });
    await cluster.settle();
    expect(cluster.find("PersistentVolumeClaim data-web-redis-0")).toBeUndefined();
    cluster.put(unbound({}) as V1PersistentVolumeClaim);
    await cluster.settle();
    expect(cluster.find("PersistentVolumeClaim data-web-redis-0")).toBeDefined();
  });

  it("has its StatefulSet made anew over the running pod where what can't be changed has to", async () => {
    const cluster = await serving();
    const { uid } = cluster.object("StatefulSet web-redis").metadata ?? {};
    want(cluster, sized("2Gi"));
    await cluster.settle();
    const { metadata, spec } = cluster.object<V1StatefulSet>("StatefulSet web-redis");
    expect(metadata?.uid).not.toBe(uid);
    expect(spec?.volumeClaimTemplates?.[0]?.spec?.resources?.requests?.storage).toBe("2Gi");
  });
});

describe("monitoring", () => {
  const monitored = { monitoring: { enabled: true } };
  const exporters = (cluster: FakeCluster) =>
    cluster.titles.filter((title) => /exporter|ServiceMonitor/.test(title)).sort();
  const address = (cluster: FakeCluster, index: number, podIP: string) => {
    const [pod] = cluster.pods.filter(({ metadata }) => metadata?.name === `web-proxy-${index}`);
    if (pod) pod.status = { ...pod.status, podIP };
  };
  const argsOf = (cluster: FakeCluster) =>
    cluster.object<V1Deployment>("Deployment web-exporter-nginx").spec?.template.spec?.containers[0]?.args;

  it("is turned on and off beside a HitCounter that serves, whose own pods it does not touch", async () => {
    const cluster = await serving();
    want(cluster, monitored);
    await cluster.settle();
    expect(exporters(cluster)).toHaveLength(9);
    expect(cluster.told("Ready")).toMatch(/^True/);
    want(cluster, {});
    await cluster.turn();
    expect(exporters(cluster)).toEqual([]);
    expect(
      cluster.writes.filter((write) => /StatefulSet web-redis$|Deployment web-(counter|proxy)$/.test(write)),
    ).toEqual([]);
  });

  it("follows the proxies' addresses", async () => {
    const cluster = await serving(monitored);
    address(cluster, 0, "10.244.0.9");
    await cluster.settle();
    expect(argsOf(cluster)).toEqual(["--nginx.scrape-uri=http://10.244.0.9:8081/stub_status"]);
    address(cluster, 1, "10.244.0.10");
    await cluster.settle();
    expect(argsOf(cluster)).toHaveLength(2);
  });

  it("makes do with annotations until the cluster knows ServiceMonitors", async () => {
    const cluster = await serving(monitored);
    const monitors = () => exporters(cluster).filter((title) => title.startsWith("ServiceMonitor"));
    cluster.unknownKinds.add("ServiceMonitor");
    for (const title of monitors()) cluster.remove(title);
    await cluster.settle();
    expect(monitors()).toEqual([]);
    const annotations = () => cluster.object("Service web-exporter").metadata?.annotations ?? {};
    expect(annotations()).toHaveProperty(["prometheus.io/scrape"], "true");
    cluster.unknownKinds.clear();
    await cluster.settle();
    expect(monitors()).toHaveLength(3);
  });

  it("that does not run is no fault of the HitCounter's; one that is refused is told", async () => {
    const cluster = await serving(monitored);
    expect(cluster.told("Degraded")).toMatch(/^False/);
    cluster.remove("Deployment web-exporter");
    cluster.refuse = (title) => (title === "Deployment web-exporter" ? refusal(403, "quota") : undefined);
    await cluster.settle();
    expect(cluster.told("Degraded")).toMatch(/^True Refused: .*Deployment web-exporter/);
    expect(cluster.told("Ready")).toMatch(/^True/);
  });
});
