import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { V1Deployment, V1PersistentVolumeClaim, V1StatefulSet } from "@kubernetes/client-node";
import type { HitCounter } from "../../../operator/api/hitCounter.ts";
import { counterSettingsOf, revisionOf } from "../../../operator/desired/counterSettings.ts";
import { childKinds } from "../../../operator/kinds.ts";
import { REFUSED } from "../../../operator/reconcile/apply/refusal.ts";
import { backoffMs } from "../../../operator/runtime/backoff.ts";
import {
  type ApiServer,
  type RunningOperator,
  startApiServer,
  startOperator,
} from "../../support/apiServer.ts";
import { writeEventsOf } from "../../support/audit.ts";
import { manifest, read as readNamed } from "../../support/hitCounters.ts";
import type { Kubectl } from "../../support/kubectl.ts";
import { until } from "../../support/until.ts";

// No kubelet and no controllers run here: the test tells the operator what they would tell it.

let api: ApiServer;
let operator: RunningOperator;

beforeAll(async () => {
  api = await startApiServer();
  operator = await startOperator(api.kubeconfig);
}, 1_800_000);
afterAll(async () => {
  await operator?.stop();
  await api?.stop();
});

const conditionOf = (object: HitCounter, type: string) =>
  object.status?.conditions?.find((condition) => condition.type === type);
const read = (kubectl: Kubectl) => readNamed(kubectl, "web");
const patch = (kubectl: Kubectl, spec: object) =>
  kubectl("patch", "hitcounter", "web", "--type=merge", "-p", JSON.stringify({ spec }));
const patchStatus = (kubectl: Kubectl, what: string, status: object) =>
  kubectl("patch", what, "--subresource=status", "--type=merge", "-p", JSON.stringify({ status }));
const counters = async ({ client, namespace }: Kubectl): Promise<V1Deployment> =>
  (await client.get(childKinds.Deployment, { namespace, name: "web-counter" })) ?? {};
const untilTold = (kubectl: Kubectl, type: string, reason: string) =>
  until(`${type} is told to be ${reason}`, async () => {
    const condition = conditionOf(await read(kubectl), type);
    return condition?.reason === reason && condition;
  });
const untilVersion = (kubectl: Kubectl, version: string) =>
  until(`the counters run ${version}`, async () => {
    const image = (await counters(kubectl)).spec?.template.spec?.containers[0]?.image;
    return image?.endsWith(`:${version}`);
  });

/** A namespace in which there can be pods. */
async function namespaceOf(name: string): Promise<Kubectl> {
  await api.kubectl("create", "namespace", name);
  const kubectl = api.kubectl.in(name);
  await kubectl("create", "serviceaccount", "default"); // no controller makes it, and pods need one
  return kubectl;
}

/** A HitCounter in a namespace of its own whose version 1.0.0 was healthy. */
async function healthy(namespace: string, spec: object = {}): Promise<Kubectl> {
  const kubectl = await namespaceOf(namespace);
  await kubectl.apply(manifest("web", spec));
  const object = await until("its children are made", async () => {
    const seen = await read(kubectl);
    return conditionOf(seen, "Ready") && seen;
  });
  const lastHealthyRevision = revisionOf(counterSettingsOf(object.spec));
  const status = { version: "1.0.0", lastHealthyVersion: "1.0.0", lastHealthyRevision };
  await patchStatus(kubectl, "hitcounter/web", status);
  return kubectl;
}

/** A pod of a workload's newest template, in this state. */
async function podOf(kubectl: Kubectl, workload: string, name: string, status: object): Promise<void> {
  const { spec } = await kubectl.json<V1Deployment | V1StatefulSet>("get", workload);
  const { metadata, spec: { containers: [{ name: container = "", image = "" } = {}] = [] } = {} } =
    spec?.template ?? {};
  await kubectl.apply({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: metadata?.labels },
    spec: { automountServiceAccountToken: false, containers: [{ name: container, image }] },
  });
  await patchStatus(kubectl, `pod/${name}`, status);
}

/** A counter pod of this version whose image can't be pulled. */
async function failingPod(kubectl: Kubectl, version: string): Promise<void> {
  const waiting = { reason: "ImagePullBackOff", message: "no such tag" };
  const container = { name: "counter", image: `example.com/counter:${version}`, imageID: "" };
  const status = { ...container, ready: false, restartCount: 0, state: { waiting } };
  const name = `web-counter-${version.replaceAll(".", "-")}`;
  await podOf(kubectl, "deployment/web-counter", name, { phase: "Pending", containerStatuses: [status] });
}

/** That a condition of a pod has been so for so many seconds. */
const condition = (type: string, status: "True" | "False", seconds: number, more: object = {}) => ({
  type,
  status,
  lastTransitionTime: new Date(Date.now() - seconds * 1000).toISOString(),
  ...more,
});

describe("a version whose pods plainly cannot start", () => {
  it("is taken back, told of, and not tried again until spec changes, restarts of the operator included", async () => {
    const kubectl = await healthy("rollback");
    const before = (await counters(kubectl)).spec?.template;
    await patch(kubectl, { version: "1.1.0", message: "{hits} of 1.1.0" });
    await untilVersion(kubectl, "1.1.0");
    await failingPod(kubectl, "1.1.0");
    await untilVersion(kubectl, "1.0.0");
    expect((await counters(kubectl)).spec?.template).toEqual(before);
    const object = await read(kubectl);
    expect(object.spec.version).toBe("1.1.0");
    expect(conditionOf(object, "RolledBack")).toMatchObject({
      status: "True",
      reason: "ImagePullBackOff",
      message: "Went back from 1.1.0 to 1.0.0: pod web-counter-1-1-0: ImagePullBackOff (no such tag).",
    });
    expect(conditionOf(object, "Stalled")?.status).toBe("True");
    await until("the event is there", async () =>
      (await kubectl("get", "events")).includes("Went back from 1.1.0 to 1.0.0"),
    );

    const generation = (await counters(kubectl)).metadata?.generation;
    await kubectl("delete", "pod", "--all", "--force", "--grace-period=0");
    await operator.stop();
    operator = await startOperator(api.kubeconfig);
    await kubectl("delete", "service/web-redis");
    await until(
      "the operator is at work",
      async () => (await kubectl.attempt("get", "service/web-redis")).code === 0,
    );
    expect((await counters(kubectl)).metadata?.generation).toBe(generation);

    await patch(kubectl, { version: "1.2.0" });
    await untilVersion(kubectl, "1.2.0");
    await until("it is told", async () => conditionOf(await read(kubectl), "RolledBack")?.status === "False");
  });

  it("is taken back by its tag alone where an operator that kept no more has told what was healthy", async () => {
    const kubectl = await healthy("tag");
    await patchStatus(kubectl, "hitcounter/web", { lastHealthyRevision: null });
    await patch(kubectl, { version: "1.1.0", message: "{hits} of 1.1.0" });
    await untilVersion(kubectl, "1.1.0");
    await failingPod(kubectl, "1.1.0");
    await untilVersion(kubectl, "1.0.0");
    const { env = [] } = (await counters(kubectl)).spec?.template.spec?.containers[0] ?? {};
    expect(env).toContainEqual({ name: "MESSAGE", value: "{hits} of 1.1.0" });
  });

  it("is only told of where rollback is turned off, and where no version was healthy before", async () => {
    const kubectl = await healthy("reported", { upgrade: { rollback: false } });
    await patch(kubectl, { version: "1.1.0" });
    await untilVersion(kubectl, "1.1.0");
    await failingPod(kubectl, "1.1.0");
    const object = await until("it is told", async () => {
      const seen = await read(kubectl);
      return conditionOf(seen, "Degraded")?.status === "True" && seen;
    });
    expect(conditionOf(object, "Degraded")).toMatchObject({ reason: "CounterFailing" });
    expect(conditionOf(object, "RolledBack")?.status).toBe("False");
    await untilVersion(kubectl, "1.1.0");
  });
});

describe("a version that misses its deadline", () => {
  const DEADLINE_SECONDS = 30;
  /** So long ago that the deadline is over in a moment, without anything else having happened. */
  const NEARLY = DEADLINE_SECONDS - 2;
  const HOUR = 3600;

  /** A HitCounter whose counters of version 1.1.0 do not become ready, as their Deployment says. */
  async function late(namespace: string): Promise<Kubectl> {
    const kubectl = await healthy(namespace, { upgrade: { deadlineSeconds: DEADLINE_SECONDS } });
    await patch(kubectl, { version: "1.1.0" });
    await untilVersion(kubectl, "1.1.0");
    const { metadata, spec } = await counters(kubectl);
    expect(spec?.progressDeadlineSeconds).toBe(DEADLINE_SECONDS);
    await patchStatus(kubectl, "deployment/web-counter", {
      observedGeneration: metadata?.generation,
      conditions: [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }],
    });
    return kubectl;
  }
  const counterPod = (kubectl: Kubectl, ...conditions: object[]) =>
    podOf(kubectl, "deployment/web-counter", "web-counter-late", { phase: "Pending", conditions });
  const redisPod = (kubectl: Kubectl, ...conditions: object[]) =>
    podOf(kubectl, "statefulset/web-redis", "web-redis-0", { phase: "Running", conditions });
  const untilTakenBack = async (kubectl: Kubectl) => {
    await untilVersion(kubectl, "1.0.0");
    expect(conditionOf(await read(kubectl), "RolledBack")).toMatchObject({
      status: "True",
      message: "Went back from 1.1.0 to 1.0.0: new counter pods did not become ready within 30 s.",
    });
  };
  const expectInnocent = async (kubectl: Kubectl) => {
    expect(conditionOf(await read(kubectl), "RolledBack")?.status).toBe("False");
    await untilVersion(kubectl, "1.1.0");
  };

  it("is taken back once its pods have had a node and Redis for so long", async () => {
    const kubectl = await late("deadline");
    await redisPod(kubectl, condition("Ready", "True", HOUR));
    await counterPod(kubectl, condition("PodScheduled", "True", NEARLY), condition("Ready", "False", NEARLY));
    await untilTakenBack(kubectl);
  });

  it("is not blamed as long as Redis was away", async () => {
    const kubectl = await late("without-redis");
    await redisPod(kubectl, condition("Ready", "False", 1));
    await counterPod(kubectl, condition("PodScheduled", "True", HOUR), condition("Ready", "False", HOUR));
    await untilLookedAt(kubectl);
    await expectInnocent(kubectl);
    await patchStatus(kubectl, "pod/web-redis-0", { conditions: [condition("Ready", "True", NEARLY)] });
    await untilTakenBack(kubectl);
  });

  it("is not blamed where no node takes its pods, which is told", async () => {
    const kubectl = await late("unschedulable");
    await redisPod(kubectl, condition("Ready", "True", HOUR));
    const why = { reason: "Unschedulable", message: "0/3 nodes are available: 3 Insufficient cpu." };
    await counterPod(kubectl, condition("PodScheduled", "False", HOUR, why));
    const told = await untilTold(kubectl, "Degraded", "Unschedulable");
    expect(told).toMatchObject({ status: "True", message: expect.stringContaining(why.message) });
    await untilLookedAt(kubectl);
    await expectInnocent(kubectl);
  });

  /** Makes the operator look, by a change to a child that is none of its business. */
  async function untilLookedAt(kubectl: Kubectl): Promise<void> {
    const { metadata } = await read(kubectl);
    const looks = () =>
      operator.log().filter((line) => line.msg === "reconciled" && line.namespace === metadata.namespace)
        .length;
    const before = looks();
    await kubectl(
      "annotate",
      "service/web-counter",
      "--overwrite",
      `example.com/look=at-${performance.now()}`,
    );
    await until("the operator has looked", () => looks() > before);
  }
});

describe("a paused HitCounter", () => {
  it("is changed by nobody, and made as it should be when it goes on", async () => {
    const kubectl = await healthy("paused");
    await patch(kubectl, { paused: true });
    await until(
      "it says so",
      async () => conditionOf(await read(kubectl), "Progressing")?.reason === "Paused",
    );
    await patch(kubectl, { version: "1.1.0" });
    await kubectl("delete", "service/web-redis");
    await kubectl("scale", "deployment/web-proxy", "--replicas=7");
    const { metadata } = await read(kubectl);
    await until(
      "it was looked at",
      async () => (await read(kubectl)).status?.observedGeneration === metadata.generation,
    );
    await untilVersion(kubectl, "1.0.0");
    expect((await kubectl.attempt("get", "service/web-redis")).code).not.toBe(0);
    const proxies = () => kubectl("get", "deployment/web-proxy", "-o", "jsonpath={.spec.replicas}");
    expect(await proxies()).toBe("7");
    await patch(kubectl, { paused: false });
    await untilVersion(kubectl, "1.1.0");
    await until(
      "the Service is back",
      async () => (await kubectl.attempt("get", "service/web-redis")).code === 0,
    );
    await until("the proxies are as many as they were", async () => (await proxies()) === "2");
  });
});

describe("what the API server refuses as invalid", () => {
  /** How soon it may be asked again at the soonest, in milliseconds. */
  const SOONEST_MS = backoffMs(1, REFUSED, () => 0);

  it("is told in a sentence, asked again by and by, and made once spec changes", async () => {
    const kubectl = await healthy("invalid");
    const asked = async () =>
      (await writeEventsOf(api.auditLog, "hitcounter-operator"))
        .filter(({ objectRef }) => objectRef?.resource === "services" && objectRef.name === "invalid")
        .map(({ requestReceivedTimestamp }) => Date.parse(requestReceivedTimestamp));
    // Taken by the schema, refused by the Service's own validation.
    await patch(kubectl, { proxy: { service: { name: "invalid", annotations: { "no where": "" } } } });
    const { message } = await untilTold(kubectl, "Degraded", "Refused");
    expect(message).toMatch(/Service invalid.*422 Invalid.*no where/);
    expect(conditionOf(await read(kubectl), "Stalled")?.status).toBe("True");
    // Further looks, for the sake of children that someone has deleted: they ask nothing of it.
    for (const child of ["service/web-counter", "configmap/web-proxy"]) {
      await kubectl("delete", child);
      await until("it was looked at", async () => (await kubectl.attempt("get", child)).code === 0);
    }
    const times = await until("it is asked again", async () => {
      const all = await asked();
      return all.length > 1 && all;
    });
    const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(SOONEST_MS);
    await patch(kubectl, { proxy: { service: { annotations: { "no where": null } } } });
    await untilTold(kubectl, "Degraded", "AsExpected");
    await kubectl("get", "service/invalid");
  });
});

describe("the volume of Redis", () => {
  const NAME = "data-web-redis-0";
  const labels = {
    "app.kubernetes.io/managed-by": "hitcounter-operator",
    "app.kubernetes.io/instance": "web",
  };
  const sized = (size: string) => ({ redis: { storage: { size } } });

  beforeAll(async () => {
    // It lets a StatefulSet go that is made anew over its pod.
    await api.startControllers(["garbage-collector-controller"]);
    await api.kubectl.apply({
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name: "grows" },
      provisioner: "example.com/none",
      allowVolumeExpansion: true,
    });
  });

  /** A namespace with a claim that has a volume of 2Gi. */
  async function kept(namespace: string, metadata: object): Promise<Kubectl> {
    const kubectl = await namespaceOf(namespace);
    await kubectl.apply({
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: NAME, ...metadata },
      spec: {
        accessModes: ["ReadWriteOnce"],
        storageClassName: "grows",
        volumeName: "v",
        resources: { requests: { storage: "2Gi" } },
      },
    });
    await hasVolume(kubectl, "2Gi");
    return kubectl;
  }
  const hasVolume = (kubectl: Kubectl, storage: string) =>
    patchStatus(kubectl, `pvc/${NAME}`, { phase: "Bound", capacity: { storage } });
  const claim = (kubectl: Kubectl) => kubectl.json<V1PersistentVolumeClaim>("get", "pvc", NAME);
  const untilRequested = (kubectl: Kubectl, size: string) =>
    until(`${size} are requested`, async () => {
      const { spec } = await claim(kubectl);
      return spec?.resources?.requests?.storage === size;
    });

  it("that was kept and is larger is left as it is, with a sentence, and grows with spec", async () => {
    const kubectl = await kept("volume", { labels });
    await kubectl.apply(manifest("web"));
    expect(await untilTold(kubectl, "Degraded", "VolumeLarger")).toMatchObject({
      status: "False",
      message: "Nothing is wrong; the volume has 2Gi, more than spec.redis.storage.size asks for.",
    });
    expect((await read(kubectl)).status?.storage).toEqual({ size: "2Gi", storageClassName: "grows" });
    await counters(kubectl);
    const redis = () => kubectl.json<V1StatefulSet>("get", "statefulset", "web-redis");
    const { metadata } = await redis();

    await patch(kubectl, sized("3Gi"));
    await untilRequested(kubectl, "3Gi");
    await until("the StatefulSet is made anew", async () => {
      const seen = await redis();
      const [template] = seen.spec?.volumeClaimTemplates ?? [];
      const isAsWanted = template?.spec?.resources?.requests?.storage === "3Gi";
      return isAsWanted && seen.metadata?.uid !== metadata?.uid;
    });
    await hasVolume(kubectl, "3Gi");
    await untilTold(kubectl, "Degraded", "AsExpected");
    await until("its size is told", async () => (await read(kubectl)).status?.storage?.size === "3Gi");
  });

  it("that someone made without a label is taken up once Redis runs", async () => {
    const kubectl = await kept("by-hand", {});
    await kubectl.apply(manifest("web", sized("3Gi")));
    await until("its children are made", async () => conditionOf(await read(kubectl), "Ready"));
    const conditions = [condition("PodScheduled", "True", 1)];
    await podOf(kubectl, "statefulset/web-redis", "web-redis-0", { phase: "Running", conditions });
    await untilRequested(kubectl, "3Gi");
    expect((await claim(kubectl)).metadata?.labels).toMatchObject(labels);
    await until("its size is told", async () => (await read(kubectl)).status?.storage?.size === "2Gi");
  });
});
