import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { V1PersistentVolumeClaim, V1StatefulSetSpec } from "@kubernetes/client-node";
import { VERSION_LABEL } from "../../../operator/desired/counterDeployment.ts";
import { childKinds, hitCounters, pods, volumeClaims } from "../../../operator/kinds.ts";
import { connect } from "../../../operator/runtime/connect.ts";
import type { KubeClient } from "../../../operator/runtime/kubeClient.ts";
import { objectPath } from "../../../operator/runtime/objects.ts";
import {
  type ApiServer,
  type RunningOperator,
  startApiServer,
  startOperator,
} from "../../support/apiServer.ts";
import { manifest, patchSpec, read, untilTold } from "../../support/hitCounters.ts";
import { makeNamespace, makeWeb, patch, patchStatus } from "../../support/pretended.ts";
import { until } from "../../support/until.ts";

// The controllers of Kubernetes that make, keep and delete claims run here; the test gives them their volumes.

const CLAIM = "data-web-redis-0";

let api: ApiServer;
let operator: RunningOperator;
let client: KubeClient;

beforeAll(async () => {
  api = await startApiServer();
  client = connect({ kubeconfig: api.kubeconfig, userAgent: "volume-test" });
  await api.startControllers([
    "garbage-collector-controller",
    "persistentvolumeclaim-protection-controller",
    "statefulset-controller",
  ]);
  await makeClass("grows", true);
  operator = await startOperator(api.kubeconfig);
}, 1_800_000);
afterAll(async () => {
  await operator?.stop();
  await client?.close();
  await api?.stop();
});

const makeClass = (name: string, allowVolumeExpansion: boolean) =>
  api.kubectl.apply({
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name },
    provisioner: "example.com/none",
    allowVolumeExpansion,
  });
const storage = (size: string, storageClassName?: string) => ({
  redis: { storage: { size, ...(storageClassName && { storageClassName }) } },
});
const claimIn = (namespace: string, name = CLAIM) => client.get(volumeClaims, { namespace, name });
/** The claim, once it is there and so. */
const untilClaim = (
  namespace: string,
  what: string,
  is: (claim: V1PersistentVolumeClaim) => boolean,
  name = CLAIM,
) =>
  until(`a claim that ${what}`, async () => {
    const claim = await claimIn(namespace, name);
    if (claim && is(claim)) return claim;
    throw new Error(JSON.stringify(claim));
  });
const requestOf = ({ spec }: V1PersistentVolumeClaim) => spec?.resources?.requests?.storage;
const untilRequested = (namespace: string, size: string, name = CLAIM) =>
  untilClaim(namespace, `asks for ${size}`, (claim) => requestOf(claim) === size, name);

/** Gives the claim a volume of this size, or says that it has grown to it. */
async function bind(namespace: string, size: string, name = CLAIM): Promise<void> {
  const key = { namespace, name };
  await untilClaim(namespace, "is there", () => true, name);
  await patch(client, volumeClaims, key, { spec: { volumeName: `volume-of-${namespace}` } });
  await patchStatus(client, volumeClaims, key, { phase: "Bound", capacity: { storage: size } });
}

/** A HitCounter whose volume has 1Gi. */
async function bound(namespace: string, storageClassName: string, spec: object = {}) {
  const kubectl = await makeWeb(api, namespace, { ...storage("1Gi", storageClassName), ...spec });
  await bind(namespace, "1Gi");
  await until("its size is told", async () => (await read(kubectl, "web")).status?.storage?.size === "1Gi");
  return kubectl;
}

/** Waits until Redis's pod is there, and puts it on a node. */
async function schedule(namespace: string): Promise<void> {
  const key = { namespace, name: "web-redis-0" };
  await until("Redis's pod is there", () => client.get(pods, key));
  const target = { apiVersion: "v1", kind: "Node", name: "a-node" };
  const body = JSON.stringify({ apiVersion: "v1", kind: "Binding", metadata: { name: key.name }, target });
  const headers = { "content-type": "application/json" };
  const answer = await client.raw("POST", `${objectPath(pods, key)}/binding`, { headers, body });
  if (answer.status >= 300) throw new Error(answer.body);
}

/** Lets the counters roll, and loses one child: both are mended. */
async function expectAtWork(namespace: string, version: string): Promise<void> {
  const kubectl = api.kubectl.in(namespace);
  await kubectl("delete", "deployment/web-proxy");
  await patchSpec(kubectl, "web", { version });
  await until("a child is made anew, and a version rolls", async () => {
    const proxies = await client.get(childKinds.Deployment, { namespace, name: "web-proxy" });
    const counters = await client.get(childKinds.Deployment, { namespace, name: "web-counter" });
    const runs = counters?.spec?.template.metadata?.labels?.[VERSION_LABEL];
    return proxies !== undefined && runs === version;
  });
}

describe("a volume whose class can't grow", () => {
  it("is told, holds up nothing, and grows as soon as its class lets it", async () => {
    await makeClass("fixed", false);
    const kubectl = await bound("fixed", "fixed");
    await patchSpec(kubectl, "web", storage("2Gi"));
    const message = await untilTold(client, "fixed", "Degraded=True VolumeNotAsWanted");
    expect(message).toMatch(/the volume data-web-redis-0 .*only dynamically provisioned pvc can be resized/);
    await expectAtWork("fixed", "1.1.0");

    await patchSpec(kubectl, "web", storage("1Gi"));
    await untilTold(client, "fixed", "Degraded=False AsExpected");
    await patchSpec(kubectl, "web", storage("2Gi"));
    await untilTold(client, "fixed", "Degraded=True VolumeNotAsWanted");
    const { metadata } = await read(kubectl, "web");
    await makeClass("fixed", true);
    await untilRequested("fixed", "2Gi");
    await untilTold(client, "fixed", "Degraded=False AsExpected");
    expect((await read(kubectl, "web")).metadata.generation).toBe(metadata.generation);
  });

  it("is not asked for less than it has", async () => {
    const kubectl = await bound("less", "grows");
    const { stderr } = await kubectl.attempt(
      ...["patch", "hitcounter", "web", "--type=merge", "-p", JSON.stringify({ spec: storage("512Mi") })],
    );
    expect(stderr).toContain("spec.redis.storage.size must be 1Gi or more");
  });
});

describe("the volumes of three copies", () => {
  it("grow each, and the size that is told is that of the one that has least", async () => {
    await makeClass("of-three", true);
    const { redis } = storage("1Gi", "of-three");
    const kubectl = await makeWeb(api, "three", { redis: { ...redis, replicas: 3 } });
    const claims = [0, 1, 2].map((number) => `data-web-redis-${number}`);
    for (const claim of claims) await bind("three", "1Gi", claim);
    await patchSpec(kubectl, "web", storage("2Gi"));
    for (const claim of claims) await untilRequested("three", "2Gi", claim);
    const sizeTold = async () => (await read(kubectl, "web")).status?.storage?.size;
    for (const claim of claims) {
      expect(await sizeTold()).toBe("1Gi");
      const key = { namespace: "three", name: claim };
      await patchStatus(client, volumeClaims, key, { capacity: { storage: "2Gi" } });
    }
    await until("all have grown", async () => (await sizeTold()) === "2Gi");
  });
});

describe("a claim that somebody grew by hand", () => {
  it("is left so, is told, and holds up nothing", async () => {
    const kubectl = await bound("grown", "grows");
    await patch(
      client,
      volumeClaims,
      { namespace: "grown", name: CLAIM },
      { spec: { resources: { requests: { storage: "3Gi" } } } },
    );
    await expectAtWork("grown", "1.1.0");
    await bind("grown", "3Gi");
    await untilTold(client, "grown", "Degraded=False VolumeLarger");
    expect((await read(kubectl, "web")).status?.storage).toEqual({ size: "3Gi", storageClassName: "grows" });
    await expectAtWork("grown", "1.2.0");
    expect(requestOf(await untilClaim("grown", "is there", () => true))).toBe("3Gi");
  });
});

describe("a claim that has no volume yet", () => {
  const classOf = ({ spec }: V1PersistentVolumeClaim) => spec?.storageClassName;

  it("is made anew where spec asks for another size, or another class as the first was a typo", async () => {
    const kubectl = await makeWeb(api, "typo", storage("1Gi", "gorws"));
    const before = await untilClaim("typo", "is there", () => true);
    expect(classOf(before)).toBe("gorws");
    await patchSpec(kubectl, "web", storage("2Gi"));
    await expectAtWork("typo", "1.1.0");
    await untilRequested("typo", "2Gi");
    await patchSpec(kubectl, "web", storage("1Gi", "grows"));
    await untilClaim(
      "typo",
      "is of the right class",
      (claim) => classOf(claim) === "grows" && requestOf(claim) === "1Gi",
    );
    await bind("typo", "1Gi");
    await until(
      "it is told",
      async () => (await read(kubectl, "web")).status?.storage?.storageClassName === "grows",
    );
  });

  it("is made anew for a HitCounter that comes after the one it was made for", async () => {
    const kubectl = await makeWeb(api, "kept", storage("1Gi", "gorws"));
    await untilClaim("kept", "is there", () => true);
    await kubectl("delete", "hitcounter/web");
    await until(
      "Redis is gone",
      async () => (await client.list(pods, { namespace: "kept" })).items.length === 0,
    );
    expect(classOf((await claimIn("kept")) ?? {})).toBe("gorws");
    await kubectl.apply(manifest("web", storage("1Gi", "grows")));
    await untilClaim("kept", "is of the right class", (claim) => classOf(claim) === "grows");
  });
});

describe("a claim that somebody made before the HitCounter", () => {
  it("is labelled, told and grown as one that the operator made, once Redis uses it", async () => {
    const kubectl = await makeNamespace(api, "found");
    const resources = { requests: { storage: "2Gi" } };
    const spec = { accessModes: ["ReadWriteOnce"], storageClassName: "grows", resources };
    await kubectl.apply({ apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: CLAIM }, spec });
    await bind("found", "2Gi");
    await kubectl.apply(manifest("web", storage("1Gi")));
    const { metadata } = await untilClaim(
      "found",
      "is labelled",
      (claim) => claim.metadata?.labels !== undefined,
    );
    expect(metadata?.labels).toMatchObject({ "app.kubernetes.io/instance": "web" });
    await untilTold(client, "found", "Degraded=False VolumeLarger");
    await patchSpec(kubectl, "web", storage("3Gi"));
    await untilRequested("found", "3Gi");
  });
});

describe("a claim that is deleted while Redis uses it", () => {
  it("is told of at once, with what can still be done", async () => {
    const kubectl = await bound("deleted", "grows");
    await schedule("deleted");
    await kubectl("delete", "pvc", CLAIM, "--wait=false");
    const message = await untilTold(client, "deleted", "Degraded=True DataAtRisk");
    expect(message).toContain("kubectl patch pv volume-of-deleted");
    await expectAtWork("deleted", "1.1.0");
  });
});

describe("a StatefulSet as an earlier release made it, which takes the claim along", () => {
  it("is made anew over its running pod, and the data's fate hangs on the HitCounter from then on", async () => {
    const kubectl = await bound("former", "grows");
    const key = { namespace: "former", name: "web-redis" };
    await patchSpec(kubectl, "web", { paused: true, deletionPolicy: "Delete" });
    await untilTold(client, "former", "Progressing=False Paused");
    const made = await client.get(childKinds.StatefulSet, key);
    await kubectl("delete", "statefulset/web-redis", "--cascade=orphan");
    await client.create(childKinds.StatefulSet, {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: {
        ...key,
        labels: made?.metadata?.labels ?? {},
        ownerReferences: made?.metadata?.ownerReferences ?? [],
      },
      spec: {
        ...made?.spec,
        serviceName: "web-redis",
        persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Retain" },
      } as V1StatefulSetSpec,
    });
    const ownersOf = ({ metadata }: V1PersistentVolumeClaim) =>
      (metadata?.ownerReferences ?? []).map(({ kind }) => kind);
    const before = await untilClaim("former", "goes with it", (claim) =>
      ownersOf(claim).includes("StatefulSet"),
    );
    const pod = async () =>
      (await client.get(pods, { namespace: "former", name: "web-redis-0" }))?.metadata?.uid;
    const podBefore = await pod();

    await patchSpec(kubectl, "web", { paused: false });
    await until("it is made anew", async () => {
      const { metadata, spec } = (await client.get(childKinds.StatefulSet, key)) ?? {};
      return spec?.serviceName === "web-redis-pods" && metadata?.deletionTimestamp === undefined;
    });
    const after = await untilClaim(
      "former",
      "goes with the HitCounter alone",
      (claim) => `${ownersOf(claim)}` === "HitCounter",
    );
    expect([await pod(), after.metadata?.uid]).toEqual([podBefore, before.metadata?.uid]);
    expect(after.metadata?.deletionTimestamp).toBeUndefined();
  });
});

describe("the data of a HitCounter that is to take it along", () => {
  it("outlives its StatefulSet, and goes with the HitCounter", async () => {
    const kubectl = await bound("owned", "grows", { deletionPolicy: "Delete" });
    const { metadata } = await untilClaim("owned", "is owned by the HitCounter", (claim) =>
      (claim.metadata?.ownerReferences ?? []).some(({ kind }) => kind === hitCounters.kind),
    );
    const statefulSet = () => client.get(childKinds.StatefulSet, { namespace: "owned", name: "web-redis" });
    const pod = () => client.get(pods, { namespace: "owned", name: "web-redis-0" });
    const [setBefore, podBefore] = [await statefulSet(), await pod()];
    await kubectl("delete", "statefulset/web-redis");
    await until("both are made anew", async () => {
      const uids = [(await statefulSet())?.metadata?.uid, (await pod())?.metadata?.uid];
      return uids.every(
        (uid) => uid !== undefined && ![setBefore?.metadata?.uid, podBefore?.metadata?.uid].includes(uid),
      );
    });
    const after = await claimIn("owned");
    expect(after?.metadata?.uid).toBe(metadata?.uid);
    expect(after?.metadata?.deletionTimestamp).toBeUndefined();

    await kubectl("delete", "hitcounter/web");
    await until("the claim is gone", async () => (await claimIn("owned")) === undefined);
  });
});

describe("the claim of backups", () => {
  const backup = (size: string) => ({
    backup: { schedule: "@daily", storage: { size, storageClassName: "grows" } },
  });
  const key = (namespace: string) => ({ namespace, name: "web-backup" });
  const untilBackups = (namespace: string, what: string, is: (claim: V1PersistentVolumeClaim) => boolean) =>
    until(`a claim of backups that ${what}`, async () => {
      const claim = await client.get(volumeClaims, key(namespace));
      if (claim && is(claim)) return claim;
      throw new Error(JSON.stringify(claim));
    });
  const cronJob = (namespace: string) => client.get(childKinds.CronJob, key(namespace));

  it("is made where backups are wanted, grows, and is made anew only as long as it has no volume", async () => {
    const kubectl = await makeWeb(api, "backups", backup("1Gi"));
    const first = await untilBackups("backups", "is there", () => true);
    await patchSpec(kubectl, "web", backup("2Gi"));
    await untilBackups(
      "backups",
      "is another",
      (claim) => claim.metadata?.uid !== first.metadata?.uid && requestOf(claim) === "2Gi",
    );
    await patch(client, volumeClaims, key("backups"), { spec: { volumeName: "volume-of-backups" } });
    const status = { phase: "Bound", capacity: { storage: "2Gi" } };
    await patchStatus(client, volumeClaims, key("backups"), status);
    await patchSpec(kubectl, "web", backup("3Gi"));
    const grown = await untilBackups("backups", "asks for more", (claim) => requestOf(claim) === "3Gi");
    expect(grown.spec?.accessModes).toEqual(["ReadWriteOnce"]);
    expect(grown.metadata?.ownerReferences).toBeUndefined();
    expect(grown.metadata?.annotations?.["argocd.argoproj.io/sync-options"]).toBe("Prune=false,Delete=false");
  });

  it("stays when backups are wanted no more, and when the HitCounter goes with its data, and is taken up again", async () => {
    const kubectl = await makeWeb(api, "kept-backups", { ...backup("1Gi"), deletionPolicy: "Delete" });
    const claim = await untilBackups("kept-backups", "is there", () => true);
    await until("the CronJob is there", () => cronJob("kept-backups"));
    await patchSpec(kubectl, "web", { backup: null });
    await until("the CronJob is gone", async () => (await cronJob("kept-backups")) === undefined);
    await kubectl("delete", "hitcounter/web");
    const secret = () => client.get(childKinds.Secret, { namespace: "kept-backups", name: "web-redis" });
    await until("its children are gone", async () => (await secret()) === undefined);
    await kubectl.apply(manifest("web", backup("1Gi")));
    await until("the CronJob is there again", () => cronJob("kept-backups"));
    const uid = async () => (await client.get(volumeClaims, key("kept-backups")))?.metadata?.uid;
    expect(await uid()).toBe(claim.metadata?.uid);
  });

  it("that somebody made by hand is marked, and not made over", async () => {
    const kubectl = await makeNamespace(api, "by-hand");
    await kubectl.apply({
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "web-backup" },
      spec: { accessModes: ["ReadWriteMany"], resources: { requests: { storage: "5Gi" } } },
    });
    await kubectl.apply(manifest("web", backup("1Gi")));
    const claim = await untilBackups("by-hand", "is marked", ({ metadata }) =>
      Boolean(metadata?.labels?.["app.kubernetes.io/component"]),
    );
    expect([claim.spec?.accessModes, requestOf(claim)]).toEqual([["ReadWriteMany"], "5Gi"]);
  });
});
