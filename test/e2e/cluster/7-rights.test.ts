import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { V1Namespace, V1PersistentVolumeClaim } from "@kubernetes/client-node";
import { TEST_CLUSTER } from "../../../cluster/cluster.ts";
import { NAMESPACE } from "../../../cluster/deploy.ts";
import { run } from "../../../cluster/shell.ts";
import { stateFolder } from "../../../cluster/state.ts";
import { childKinds, type Row, volumeClaims } from "../../../operator/kinds.ts";
import { type KubeObject, objectPath, type ResourceKind } from "../../../operator/runtime/objects.ts";
import { type Asked, type AuditEvent, askedByAccounts } from "../../support/audit.ts";
import { freshNamespace, testCluster } from "../../support/cluster.ts";
import { tell } from "../../support/findings.ts";
import { objectsIn, render, startHelm } from "../../support/helm.ts";
import { manifest, patchSpec } from "../../support/hitCounters.ts";
import type { Kubectl } from "../../support/kubectl.ts";
import { forgetMonitoringKinds, installMonitoringKinds } from "../../support/prometheusOperator.ts";
import { allows, askedFor, inWords, isDenied, type Right, rightsIn } from "../../support/rights.ts";
import { RUN_BEGAN } from "../../support/stages.ts";
import { until } from "../../support/until.ts";
import { unusedRights } from "./unusedRights.ts";

// What the operator may do, what it did in the whole run of the e2e tests, and that these are the same.

const MANAGED_BY = "app.kubernetes.io/managed-by";
const everyKind = Object.values<Row>(childKinds);
/** A HitCounter with a child of every kind. */
const everything = {
  counter: { autoscaling: { minReplicas: 2, maxReplicas: 3, targetCPUUtilizationPercentage: 90 } },
  proxy: { replicas: 1, service: { type: "ClusterIP" } },
  visitors: { enabled: true },
  monitoring: { enabled: true },
  backup: { schedule: "@yearly" },
  deletionPolicy: "Delete",
};
const claimOf = (name: string) => ({ kind: volumeClaims as ResourceKind, name: `data-${name}-redis-0` });

let cluster: Kubectl;
let kubectl: Kubectl;

beforeAll(async () => {
  cluster = testCluster().kubectl;
  await installMonitoringKinds(cluster);
  // One that has just begun looks for kinds that it did not know.
  const operator = ["deployment/hitcounter-operator", `--namespace=${NAMESPACE}`];
  await cluster("rollout", "restart", ...operator);
  await cluster("rollout", "status", ...operator, "--timeout=240s");
  kubectl = await freshNamespace(cluster, "rights");
}, 3_600_000);

afterAll(async () => {
  await kubectl?.("delete", "namespace", "rights", "--ignore-not-found", "--wait=false");
  if (cluster) await forgetMonitoringKinds(cluster);
});

/** The children of a HitCounter of one kind. */
async function childrenOf(kind: ResourceKind, name: string): Promise<KubeObject[]> {
  const labelSelector = `app.kubernetes.io/instance=${name},${MANAGED_BY}=hitcounter-operator`;
  const { items } = await kubectl.client.list(kind, { namespace: "rights", labelSelector });
  return items.filter(({ metadata }) => metadata?.ownerReferences?.[0]?.name === name);
}

/** Takes the labels off an object by which the operator watches it, and waits until it has them again. */
async function loseLabels(kind: ResourceKind, name: string): Promise<void> {
  const key = { namespace: "rights", name };
  const { status, body } = await kubectl.client.raw("PATCH", objectPath(kind, key), {
    headers: { "content-type": "application/merge-patch+json" },
    body: JSON.stringify({ metadata: { labels: null } }),
  });
  if (status !== 200) throw new Error(`${status}: ${body}`);
  await until(`${kind.kind} ${name} has its labels again`, async () => {
    const { metadata } = (await kubectl.client.get(kind, key)) ?? {};
    return metadata?.labels?.[MANAGED_BY] !== undefined;
  });
}

/** An object as an older operator might have made it: of the same HitCounter, under a name that is no longer wanted. */
function former({ metadata = {}, ...object }: KubeObject): KubeObject {
  const { status: _, spec, ...rest } = object as KubeObject & { status?: object; spec?: object };
  const { namespace, labels, ownerReferences } = metadata;
  const {
    clusterIP: _ip,
    clusterIPs: _ips,
    ...kept
  } = (spec ?? {}) as { clusterIP?: string; clusterIPs?: object };
  return {
    ...rest,
    metadata: {
      name: `former-${object.kind?.toLowerCase()}`,
      ...(namespace && { namespace }),
      ...(labels && { labels }),
      ...(ownerReferences && { ownerReferences }),
    },
    // No pods of its own.
    ...(spec && { spec: "replicas" in spec ? { ...kept, replicas: 0 } : kept }),
  } as KubeObject;
}

describe("what an operator has rights for: of every kind, a child", () => {
  beforeAll(async () => {
    await kubectl.apply(manifest("web", everything));
    await until("there is a child of every kind", async () => {
      const counts = await Promise.all(everyKind.map(async (kind) => (await childrenOf(kind, "web")).length));
      const missing = everyKind.filter((_kind, index) => counts[index] === 0);
      if (missing.length > 0) throw new Error(missing.map(({ plural }) => plural).join(", "));
      return true;
    });
  });

  it("that lost its labels is found, and gets them back", async () => {
    for (const kind of everyKind) {
      const [child] = await childrenOf(kind, "web");
      await loseLabels(kind, child?.metadata?.name ?? "");
    }
    await until(
      "Redis has its pod",
      async () => (await kubectl.attempt("get", "pod/web-redis-0")).code === 0,
    );
    await loseLabels(claimOf("web").kind, claimOf("web").name);
  });

  it("that is no longer wanted is deleted", async () => {
    const strays: [ResourceKind, string][] = [];
    for (const kind of everyKind) {
      const [child] = await childrenOf(kind, "web");
      const stray = former(child as KubeObject);
      await kubectl.client.create(kind, stray);
      strays.push([kind, stray.metadata?.name ?? ""]);
    }
    for (const [kind, name] of strays) {
      const key = { namespace: "rights", name };
      await until(`${name} is gone`, async () => (await kubectl.client.get(kind, key)) === undefined);
    }
  });

  it("and a claim of a class that there is not, with another class in spec", async () => {
    const storage = (storageClassName: string) => ({ redis: { storage: { storageClassName } } });
    const classNow = async () => {
      const { kind, name } = claimOf("unmade");
      const claim = await kubectl.client.get(kind, { namespace: "rights", name });
      return (claim as V1PersistentVolumeClaim | undefined)?.spec?.storageClassName;
    };
    await kubectl.apply(manifest("unmade", { ...everything, ...storage("there-is-none"), monitoring: {} }));
    await until("the claim is there", async () => (await classNow()) === "there-is-none");
    await patchSpec(kubectl, "unmade", storage("nor-this"));
    await until("the claim is made anew", async () => (await classNow()) === "nor-this");
  });
});

describe("the audit log of the whole run", () => {
  /** The accounts that the product runs as, and what each may do. */
  let granted: Map<string, Right[]>;
  let asked: Asked;
  let events: AuditEvent[];

  beforeAll(async () => {
    const installed = objectsIn(
      await run("kubectl", ["kustomize", join(import.meta.dirname, "../../../config/default")]),
    );
    // As 6-chart.test.ts installs it.
    const helm = await startHelm("chart");
    const ofChart = await render(
      helm,
      { hitcounter: { enabled: true, name: "web" } },
      { release: "counting" },
    );
    await helm.stop();
    granted = new Map([...rightsIn(installed), ...rightsIn(ofChart)]);
    asked = await askedByAccounts(stateFolder(TEST_CLUSTER).audit);
    const began = process.env[RUN_BEGAN] ?? "";
    events = asked.events.filter(({ requestReceivedTimestamp }) => requestReceivedTimestamp >= began);
  }, 600_000);

  /** Whose right it is: of the operator, however it was installed, or of one of the chart's Jobs. */
  const programOf = (account: string) => (account.endsWith("-operator") ? "operator" : account);
  const hasRightsFor = (event: AuditEvent) =>
    askedFor(event).every((wanted) =>
      granted.get(event.user?.username ?? "")?.some((right) => allows(right, wanted)),
    );

  it("lacks nothing of the run", async () => {
    const { metadata } = await cluster.json<V1Namespace>("get", "namespace", "kube-system");
    // Of a cluster that was made in this run, what came before its first namespace is of no interest.
    const made = new Date(Date.parse(`${metadata?.creationTimestamp}`) + 1000).toISOString();
    const began = process.env[RUN_BEGAN] ?? "";
    const isWhole = asked.since <= began || asked.since <= made;
    expect({ since: asked.since, isWhole }).toMatchObject({ isWhole: true });
    tell("rights", `${events.length} requests of service accounts in the audit log`);
  });

  it("has no request that was denied", () => {
    const denied = events.filter((event) => {
      const isTakenAway =
        // Helm takes an operator's roles away before its pods have ended.
        event.user?.username?.startsWith("system:serviceaccount:chart:") &&
        event.annotations?.["authorization.k8s.io/decision"] === "forbid" &&
        hasRightsFor(event);
      return granted.has(event.user?.username ?? "") && isDenied(event) && !isTakenAway;
    });
    expect(denied.map(({ user, verb, requestURI }) => `${user?.username} ${verb} ${requestURI}`)).toEqual([]);
  });

  it("has no request of an account that pods have who are given none", () => {
    const strangers = events.filter(({ user }) =>
      /^system:serviceaccount:[^:]+:default$/.test(user?.username ?? ""),
    );
    expect(strangers.map(({ verb, requestURI }) => `${verb} ${requestURI}`)).toEqual([]);
  });

  it("has a request for every right that there is, but for those whose reason stands in unusedRights.ts", () => {
    const used = new Set<string>();
    const all = new Set<string>();
    const word = (account: string, { verb, resource }: Right) => {
      const program = programOf(account);
      const right = inWords({ verb, resource, names: [] });
      return program === "operator" ? right : `${program} ${right}`;
    };
    for (const [account, rights] of granted) for (const right of rights) all.add(word(account, right));
    for (const event of events) {
      const account = event.user?.username ?? "";
      for (const right of granted.get(account) ?? []) {
        if (!isDenied(event) && askedFor(event).some((wanted) => allows(right, wanted)))
          used.add(word(account, right));
      }
    }
    tell("rights", `${all.size} rights, ${used.size} of them used`);
    // More than these: drop the right, or add a journey that has need of it, or its reason. Fewer: drop the reason.
    expect([...all].filter((right) => !used.has(right)).sort()).toEqual(Object.keys(unusedRights).sort());
  });
});
