import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { hitCounterCrd } from "../../../operator/api/crd.ts";
import { crds } from "../../../operator/jobs/applyCrd.ts";
import { isTrue } from "../../../operator/runtime/conditions.ts";
import type { KubeObject } from "../../../operator/runtime/objects.ts";
import { podsOf, restartsOf, untilSettledAndGone } from "../../support/aftermath.ts";
import { freshNamespace, installedOperator, standAside, testCluster } from "../../support/cluster.ts";
import { tell } from "../../support/findings.ts";
import { CHART, type Helm, objectsIn, startHelm } from "../../support/helm.ts";
import { hitsOf, patchSpec, read, untilSettled, urlOf } from "../../support/hitCounters.ts";
import type { Kubectl } from "../../support/kubectl.ts";
import { lastRelease, type Release } from "../../support/lastRelease.ts";
import { makeVariant } from "../../support/nodeImages.ts";
import { expectNothingLost, underLoad } from "../../support/underLoad.ts";
import { until } from "../../support/until.ts";

const RELEASE = "counting";
const NAME = "web";
const CRD = "hitcounters.hitcounter.dev";
const CLAIM = `persistentvolumeclaim/data-${NAME}-redis-0`;
/** Enough to see a request that fails, while the machine makes pods. */
const RATE = 50;
const LAST_OPERATOR = "localhost/hitcounter-test/operator:last-release";

let cluster: Kubectl;
let kubectl: Kubectl;
let helm: Helm;
let last: Release;
let images: Record<"operator" | "counter" | "redis" | "proxy", string>;
let bringBack: (() => Promise<unknown>) | undefined;
const took: string[] = [];

/** Applies a CustomResourceDefinition in the name of one who installs. */
const applyCrd = (folder: string, manager: string) =>
  cluster(
    ...["apply", "--server-side", "--force-conflicts", `--field-manager=${manager}`],
    ...["-f", join(folder, "crds/hitcounter.dev_hitcounters.yaml")],
  );

beforeAll(async () => {
  const { kubectl: all, kubeconfig } = testCluster();
  cluster = all;
  kubectl = await freshNamespace(cluster, "chart");
  const { image, env } = await installedOperator(cluster);
  const { COUNTER_IMAGE: counter = "", REDIS_IMAGE: redis = "", PROXY_IMAGE: proxy = "" } = env;
  images = { operator: image, counter, redis, proxy };
  last = await lastRelease();
  await makeVariant(image, LAST_OPERATOR, { files: { "/app/operator.js": last.program } });
  helm = await startHelm("chart", kubeconfig);
  bringBack = await standAside(cluster);
  await applyCrd(last.chart, "helm"); // as on a cluster where Helm alone has installed it
  tell("helm", `the chart is upgraded from ${last.name}`);
}, 3_600_000);

afterAll(async () => {
  await helm?.attempt(["uninstall", RELEASE, "--ignore-not-found"]);
  await helm?.stop();
  await last?.forget();
  if (bringBack) await applyCrd(join(CHART, "../.."), "kubectl");
  await bringBack?.();
  await cluster?.("delete", "namespace", "chart", "--ignore-not-found", "--wait=false");
  tell("helm", took.join(", "));
});

/** Runs Helm, notes how long it took, and returns all that it printed. */
async function timed(what: string, args: readonly string[], values?: object): Promise<string> {
  const began = performance.now();
  const { code, stdout, stderr } = await helm.attempt(args, values);
  took.push(`${what} ${((performance.now() - began) / 1000).toFixed(0)} s`);
  const printed = `${stdout}${stderr}`;
  if (code !== 0) throw new Error(`helm ${args.join(" ")}: ${printed}`);
  return printed;
}

const valuesWith = (spec: object, operator = images.operator) => ({
  images: { ...images, operator },
  hitcounter: { enabled: true, name: NAME, spec },
});

/** What Helm has written: whatever else is done to an object leaves this as it is. */
async function writtenByHelm(): Promise<object[]> {
  const objects = objectsIn(await helm(["get", "manifest", RELEASE]));
  return await Promise.all(
    objects.map(async ({ kind, metadata }) => {
      const path = ["get", `${kind}/${metadata?.name}`, "--show-managed-fields"];
      const { metadata: now = {} } = await kubectl.json<KubeObject>(...path);
      const { uid, generation, managedFields = [] } = now;
      const ofHelm = (managedFields as { manager: string }[]).filter(({ manager }) => manager === "helm");
      expect(ofHelm).toHaveLength(1);
      return { kind, uid, generation, ofHelm };
    }),
  );
}

/** What every finished run of Helm leaves: the HitCounter as it is wanted, and none of the hooks' own things. */
async function expectArrived(version: string): Promise<void> {
  const { status, metadata } = await read(kubectl, NAME);
  expect(status).toMatchObject({ version, observedGeneration: metadata.generation });
  expect(isTrue(status, "Ready")).toBe(true);
  const left = await kubectl("get", "jobs,serviceaccounts,roles,rolebindings", "-o", "name");
  expect(left).not.toMatch(/-(apply-crd|wait|delete|count)\b/);
}

describe("the chart", () => {
  let uid: string;
  let hits: number;

  it("is installed when its HitCounter is Ready, and helm test counts on it", async () => {
    const spec = { version: "1.0.0", deletionPolicy: "Delete" };
    await timed("install", ["install", RELEASE, last.chart], valuesWith(spec, LAST_OPERATOR));
    await expectArrived("1.0.0");
    uid = (await read(kubectl, NAME)).metadata.uid;
    expect(await timed("test", ["test", RELEASE])).toContain("0 hits before, 2 after two more");
  });

  it(`is upgraded across a change of the CustomResourceDefinition, again, and rolled back: under ${RATE} requests a second, none fails`, async () => {
    // The older CustomResourceDefinition takes no such deadline.
    const spec = { version: "1.1.0", deletionPolicy: "Delete", upgrade: { deadlineSeconds: 7200 } };
    const change = async () => {
      await timed("upgrade", ["upgrade", RELEASE, CHART], valuesWith(spec));
      await expectArrived("1.1.0");
      const crd = await cluster.client.get(crds, { namespace: "", name: CRD });
      expect(crd).toMatchObject(hitCounterCrd());
      const before = await writtenByHelm();
      await timed("the same again", ["upgrade", RELEASE, CHART], valuesWith(spec));
      expect(await writtenByHelm()).toEqual(before);
      await timed("rollback", ["rollback", RELEASE, "1"]);
      await expectArrived("1.0.0");
      await untilSettledAndGone(kubectl, NAME);
    };
    const what = `helm upgrade across a change of the CRD, again, and helm rollback, at ${RATE} requests/s`;
    const seen = await underLoad(kubectl, NAME, what, change, { rate: RATE });
    expectNothingLost(seen);
    expect([...seen.versions.keys()].sort()).toEqual(["1.0.0", "1.1.0"]);
    expect((await read(kubectl, NAME)).metadata.uid).toBe(uid);
    expect(restartsOf(await podsOf(kubectl, NAME))).toBe(0);
    hits = await hitsOf(await urlOf(kubectl, NAME));
  });

  it("takes its HitCounter with it when it is uninstalled, and with Retain leaves the claim", async () => {
    await patchSpec(kubectl, NAME, { deletionPolicy: "Retain" });
    await untilSettled(kubectl, NAME);
    await timed("uninstall", ["uninstall", RELEASE]);
    expect(await kubectl("get", "hitcounters,services", "-o", "name")).toBe("");
    const others = () => kubectl("get", "deployments,statefulsets,roles", "-o", "name");
    await until("what else there was is gone", async () => (await others()) === "");
    expect(await kubectl("get", CLAIM, "-o", "name")).toBe(`${CLAIM}\n`);
    expect(await cluster("get", "crd", CRD, "-o", "name")).toContain(CRD);
    // Its holder had lost the right to give it back: whoever is installed next would first see it run out.
    await kubectl("delete", "leases", "--all");
  });

  it("counts on from the claim that was kept, and with Delete leaves none", async () => {
    const spec = { version: "1.0.0", deletionPolicy: "Delete" };
    await timed("install anew", ["install", RELEASE, CHART], valuesWith(spec));
    await expectArrived("1.0.0");
    expect(await hitsOf(await urlOf(kubectl, NAME))).toBe(hits);
    await timed("uninstall", ["uninstall", RELEASE]);
    await until("the claim is gone", async () => (await kubectl.attempt("get", CLAIM)).code !== 0);
  });
});
