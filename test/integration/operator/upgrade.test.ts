import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { V1Deployment } from "@kubernetes/client-node";
import type { HitCounter } from "../../../operator/api/hitCounter.ts";
import {
  type ApiServer,
  type RunningOperator,
  startApiServer,
  startOperator,
} from "../../support/apiServer.ts";
import { writesOf } from "../../support/audit.ts";
import { manifest } from "../../support/hitCounters.ts";
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
const read = (kubectl: Kubectl) => kubectl.json<HitCounter>("get", "hitcounter", "web");
const patch = (kubectl: Kubectl, spec: object) =>
  kubectl("patch", "hitcounter", "web", "--type=merge", "-p", JSON.stringify({ spec }));
const patchStatus = (kubectl: Kubectl, what: string, status: object) =>
  kubectl("patch", what, "--subresource=status", "--type=merge", "-p", JSON.stringify({ status }));
const counters = (kubectl: Kubectl) => kubectl.json<V1Deployment>("get", "deployment", "web-counter");
const untilVersion = (kubectl: Kubectl, version: string) =>
  until(`the counters run ${version}`, async () => {
    const image = (await counters(kubectl)).spec?.template.spec?.containers[0]?.image;
    return image?.endsWith(`:${version}`);
  });

/** A HitCounter in a namespace of its own whose version 1.0.0 was healthy. */
async function healthy(namespace: string, spec: object = {}): Promise<Kubectl> {
  await api.kubectl("create", "namespace", namespace);
  const kubectl = api.kubectl.in(namespace);
  await kubectl("create", "serviceaccount", "default"); // no controller makes it, and pods need one
  await kubectl.apply(manifest("web", spec));
  await until("a status is there", async () => (await read(kubectl)).status);
  await patchStatus(kubectl, "hitcounter/web", { version: "1.0.0", lastHealthyVersion: "1.0.0" });
  return kubectl;
}

/** A counter pod of this version whose image can't be pulled. */
async function failingPod(kubectl: Kubectl, version: string): Promise<void> {
  const name = `web-counter-${version.replaceAll(".", "-")}`;
  const labels = {
    ...(await counters(kubectl)).spec?.template.metadata?.labels,
    "app.kubernetes.io/version": version,
  };
  const container = { name: "counter", image: `example.com/counter:${version}` };
  await kubectl.apply({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels },
    spec: { automountServiceAccountToken: false, containers: [container] },
  });
  const waiting = { reason: "ImagePullBackOff", message: "no such tag" };
  const status = { ...container, imageID: "", ready: false, restartCount: 0, state: { waiting } };
  await patchStatus(kubectl, `pod/${name}`, { phase: "Pending", containerStatuses: [status] });
}

describe("a version whose pods plainly cannot start", () => {
  it("is taken back, told of, and not tried again until spec changes, restarts of the operator included", async () => {
    const kubectl = await healthy("rollback");
    await patch(kubectl, { version: "1.1.0" });
    await untilVersion(kubectl, "1.1.0");
    await failingPod(kubectl, "1.1.0");
    await untilVersion(kubectl, "1.0.0");
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
  it("is taken back when the Deployment says so", async () => {
    const kubectl = await healthy("deadline", { upgrade: { deadlineSeconds: 30 } });
    await patch(kubectl, { version: "1.1.0" });
    await untilVersion(kubectl, "1.1.0");
    const { metadata, spec } = await counters(kubectl);
    expect(spec?.progressDeadlineSeconds).toBe(30);
    const condition = { type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" };
    await patchStatus(kubectl, "deployment/web-counter", {
      observedGeneration: metadata?.generation,
      conditions: [condition],
    });
    await untilVersion(kubectl, "1.0.0");
    expect(conditionOf(await read(kubectl), "RolledBack")).toMatchObject({
      status: "True",
      message: "Went back from 1.1.0 to 1.0.0: new counter pods did not become ready within 30 s.",
    });
  });
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
  it("is told in a sentence, sent once, and the counters stay as they were until spec changes", async () => {
    const kubectl = await healthy("invalid");
    const writes = async () =>
      (await writesOf(api.auditLog, "hitcounter-operator")).filter((write) =>
        write.startsWith("patch services invalid"),
      );
    // Taken by the schema, refused by the Service's own validation.
    await patch(kubectl, { proxy: { service: { name: "invalid", loadBalancerSourceRanges: ["nowhere"] } } });
    const object = await until("it is refused", async () => {
      const seen = await read(kubectl);
      return conditionOf(seen, "Degraded")?.reason === "Refused" && seen;
    });
    expect(conditionOf(object, "Degraded")?.message).toMatch(/Service invalid.*422 Invalid.*nowhere/);
    expect(conditionOf(object, "Stalled")?.status).toBe("True");
    // Two further looks, for the sake of children that someone has deleted.
    for (const child of ["service/web-counter", "configmap/web-proxy"]) {
      await kubectl("delete", child);
      await until("it was looked at", async () => (await kubectl.attempt("get", child)).code === 0);
    }
    expect(await writes()).toHaveLength(1);
    await patch(kubectl, { proxy: { service: { loadBalancerSourceRanges: ["192.0.2.0/24"] } } });
    await until("it is mended", async () => conditionOf(await read(kubectl), "Degraded")?.status === "False");
    expect(await writes()).toHaveLength(2);
  });
});

describe("the volume of Redis", () => {
  const claim = (storage: string) => ({
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: {
      name: "data-web-redis-0",
      labels: {
        "app.kubernetes.io/managed-by": "hitcounter-operator",
        "app.kubernetes.io/instance": "web",
      },
    },
    spec: {
      accessModes: ["ReadWriteOnce"],
      storageClassName: "grows",
      volumeName: "v",
      resources: { requests: { storage } },
    },
  });

  it("grows with spec, and one that was kept and is larger is left as it is, with a sentence", async () => {
    await api.kubectl.apply({
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name: "grows" },
      provisioner: "example.com/none",
      allowVolumeExpansion: true,
    });
    await api.kubectl("create", "namespace", "volume");
    const kubectl = api.kubectl.in("volume");
    await kubectl.apply(claim("2Gi"));
    await patchStatus(kubectl, "pvc/data-web-redis-0", { phase: "Bound", capacity: { storage: "2Gi" } });
    await kubectl.apply(manifest("web"));
    const object = await until("it is refused", async () => {
      const seen = await read(kubectl);
      return conditionOf(seen, "Degraded")?.reason === "Refused" && seen;
    });
    expect(conditionOf(object, "Degraded")?.message).toMatch(
      /^The volume data-web-redis-0 has 2Gi and no volume can shrink: spec\.redis\.storage\.size must be 2Gi or more, not 1Gi/,
    );
    await patch(kubectl, { redis: { storage: { size: "3Gi" } } });
    await until("the volume grows", async () => {
      const size = await kubectl(
        "get",
        "pvc/data-web-redis-0",
        "-o",
        "jsonpath={.spec.resources.requests.storage}",
      );
      return size === "3Gi";
    });
    await until("it is mended", async () => conditionOf(await read(kubectl), "Degraded")?.status === "False");
  });
});
