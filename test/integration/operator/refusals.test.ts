import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { childKinds, hitCounters } from "../../../operator/kinds.ts";
import { connect } from "../../../operator/runtime/connect.ts";
import type { KubeClient } from "../../../operator/runtime/kubeClient.ts";
import {
  lookingAfter,
  type RunningOperator,
  sharedApiServer,
  startOperator,
} from "../../support/apiServer.ts";
import { kindsEverywhere } from "../../support/children.ts";
import { manifest, patchSpec, read, untilTold } from "../../support/hitCounters.ts";
import { makeNamespace, makeWeb } from "../../support/pretended.ts";
import { until } from "../../support/until.ts";

const POLICY = "every-deployment-has-a-team";

const api = sharedApiServer();
let operator: RunningOperator;
let client: KubeClient;

beforeAll(async () => {
  client = connect({ kubeconfig: api.kubeconfig, userAgent: "refusals-test" });
  operator = await startOperator(
    api.kubeconfig,
    lookingAfter("policy", "free", "affinity", "renamed", "named"),
  );
}, 1_800_000);
afterAll(async () => {
  await operator?.stop();
  await client?.close();
});

/** Kinds and names of the children that there are. */
async function childrenIn(namespace: string): Promise<string[]> {
  const lists = kindsEverywhere.map(async (kind) => {
    const labelSelector = "app.kubernetes.io/managed-by=hitcounter-operator";
    const { items } = await client.list(kind, { namespace, labelSelector });
    return items.map(({ metadata }) => `${kind.kind} ${metadata?.name}`);
  });
  return (await Promise.all(lists)).flat().sort();
}

/** Has the API server deny Deployments whose pods lack a label, in namespaces that are labelled so. */
async function denyDeployments(): Promise<void> {
  const admission = { apiVersion: "admissionregistration.k8s.io/v1", metadata: { name: POLICY } };
  const resourceRules = [
    {
      apiGroups: ["apps"],
      apiVersions: ["v1"],
      operations: ["CREATE", "UPDATE"],
      resources: ["deployments"],
    },
  ];
  const expression = "'team' in object.spec.template.metadata.labels";
  const validations = [{ expression, message: "every Deployment needs the pod label team" }];
  await api.kubectl.apply({
    ...admission,
    kind: "ValidatingAdmissionPolicy",
    spec: { failurePolicy: "Fail", matchConstraints: { resourceRules }, validations },
  });
  const matchResources = { namespaceSelector: { matchLabels: { needs: "team" } } };
  await api.kubectl.apply({
    ...admission,
    kind: "ValidatingAdmissionPolicyBinding",
    spec: { policyName: POLICY, validationActions: ["Deny"], matchResources },
  });
}

const anyDeployment = (namespace: string) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { namespace, name: "any" },
  spec: {
    selector: { matchLabels: { app: "any" } },
    template: {
      metadata: { labels: { app: "any" } },
      spec: { containers: [{ name: "any", image: "any" }] },
    },
  },
});

describe("a policy that denies Deployments", () => {
  it("keeps no other child away, is told by its name, and heals by itself once it is lifted", async () => {
    await denyDeployments();
    const kubectl = await makeNamespace(api, "policy");
    await api.kubectl("label", "namespace/policy", "needs=team");
    await until("the policy is in force", async () => {
      const options = { fieldManager: "nobody", dryRun: true };
      return await client.apply(childKinds.Deployment, anyDeployment("policy"), options).then(
        () => false,
        (error: unknown) => String(error).includes(POLICY),
      );
    });
    const allOf = await childrenOfAnother();
    await kubectl.apply(manifest("web"));
    const message = await untilTold(client, "policy", "Degraded=True Refused");
    expect(message).toContain(`ValidatingAdmissionPolicy '${POLICY}'`);
    expect(message).toContain("every Deployment needs the pod label team");
    const isDeployment = (title: string) => title.startsWith("Deployment ");
    expect(await childrenIn("policy")).toEqual(allOf.filter((title) => !isDeployment(title)));

    const before = await read(kubectl, "web");
    await api.kubectl("delete", "validatingadmissionpolicybinding", POLICY);
    await until("every child is there", async () => (await childrenIn("policy")).length === allOf.length);
    await untilTold(client, "policy", "Degraded=False AsExpected");
    expect((await read(kubectl, "web")).metadata.generation).toBe(before.metadata.generation);
  });

  /** The children of a HitCounter that is let. */
  async function childrenOfAnother(): Promise<string[]> {
    await makeWeb(api, "free");
    await untilTold(client, "free", "Progressing=True RollingOut");
    return await childrenIn("free");
  }
});

describe("a value that only the API server can judge", () => {
  it("(an affinity of a wrong type) is told as refused, and the other children are as wanted", async () => {
    const kubectl = await makeWeb(api, "affinity");
    await untilTold(client, "affinity", "Degraded=False AsExpected");
    const nodeAffinity = { requiredDuringSchedulingIgnoredDuringExecution: "anywhere" };
    await patchSpec(kubectl, "web", {
      counter: { pod: { affinity: { nodeAffinity } } },
      proxy: { service: { type: "ClusterIP" }, replicas: 3 },
    });
    const message = await untilTold(client, "affinity", "Degraded=True Refused");
    expect(message).toMatch(/Deployment web-counter.*requiredDuringSchedulingIgnoredDuringExecution/);
    const proxy = await client.get(childKinds.Deployment, { namespace: "affinity", name: "web-proxy" });
    const service = await client.get(childKinds.Service, { namespace: "affinity", name: "web-proxy" });
    expect([proxy?.spec?.replicas, service?.spec?.type]).toEqual([3, "ClusterIP"]);
    await patchSpec(kubectl, "web", { counter: { pod: { affinity: null } } });
    await untilTold(client, "affinity", "Degraded=False AsExpected");
  });
});

describe("a name of the proxy's Service that somebody else has", () => {
  it("leaves the old Service and its address until it can be had", async () => {
    const kubectl = await makeWeb(api, "renamed", { proxy: { service: { type: "ClusterIP" } } });
    const address = await until(
      "it has an address",
      async () => (await read(kubectl, "web")).status?.address,
    );
    await kubectl("create", "service", "clusterip", "taken", "--tcp=80");
    await patchSpec(kubectl, "web", { proxy: { service: { name: "taken" } } });
    const message = await untilTold(client, "renamed", "Degraded=True Refused");
    expect(message).toMatch(/^Service taken exists and was not made by this operator/);
    expect((await read(kubectl, "web")).status?.address).toBe(address);
    expect((await kubectl.attempt("get", "service/web-proxy")).code).toBe(0);

    await kubectl("delete", "service/taken");
    await until(
      "the new one replaces it",
      async () => (await kubectl.attempt("get", "service/web-proxy")).code !== 0,
    );
    const { spec } = (await client.get(childKinds.Service, { namespace: "renamed", name: "taken" })) ?? {};
    await until(
      "its address is told",
      async () => (await read(kubectl, "web")).status?.address === spec?.clusterIP,
    );
    await untilTold(client, "renamed", "Degraded=False AsExpected");
  });
});

describe("a status", () => {
  it("that was computed for what a HitCounter no longer is, is refused with 409", async () => {
    const kubectl = await makeWeb(api, "named");
    const { metadata } = await read(kubectl, "web");
    const key = { namespace: "named", name: "web", resourceVersion: metadata.resourceVersion };
    await kubectl("delete", "hitcounter", "web");
    await kubectl.apply(manifest("web"));
    const written = client.patchStatus(hitCounters, key, { hits: 7 }, { fieldManager: "refusals-test" });
    await expect(written).rejects.toMatchObject({ statusCode: 409 });
  });
});
