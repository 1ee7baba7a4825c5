import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { V1Container, V1Deployment, V1Service } from "@kubernetes/client-node";
import { refusalOf } from "../../../operator/runtime/apiError.ts";
import { applyIfChanged } from "../../../operator/runtime/apply.ts";
import { connect } from "../../../operator/runtime/connect.ts";
import { type Difference, sameAsApplied } from "../../../operator/runtime/differences.ts";
import { keyOf } from "../../../operator/runtime/key.ts";
import type { KubeClient } from "../../../operator/runtime/kubeClient.ts";
import { ownerOfField } from "../../../operator/runtime/managedFields.ts";
import { type KubeObject, objectPath, type ResourceKind } from "../../../operator/runtime/objects.ts";
import { type ApiServer, startApiServer } from "../../support/apiServer.ts";
import { until } from "../../support/until.ts";
import { startWebhook } from "../../support/webhook.ts";

const wholeFields = new Set([
  "ports",
  "startupProbe",
  "readinessProbe",
  "lifecycle",
  "strategy",
  "readinessGates",
]);
const options = { fieldManager: "apply-test", hashAnnotation: "example.dev/applied", wholeFields };
const httpGet = { path: "/ready", port: "http" };
const deployments: ResourceKind<V1Deployment> = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  plural: "deployments",
  namespaced: true,
};
const services: ResourceKind<V1Service> = {
  apiVersion: "v1",
  kind: "Service",
  plural: "services",
  namespaced: true,
};

function deployment(name: string, container: Partial<V1Container> = {}, spec: object = {}): V1Deployment {
  const labels = { app: name };
  const web = {
    name: "web",
    image: "web:1",
    ports: [{ name: "http", containerPort: 8080 }],
    readinessProbe: { httpGet },
    ...container,
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { namespace: "apply", name, labels: { ...labels, empty: "" } },
    spec: {
      paused: false,
      ...spec,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [web] } },
    },
  };
}
const service = (name: string, port = 80): V1Service => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { namespace: "apply", name },
  spec: { type: "NodePort", selector: { app: name }, ports: [{ name: "http", port, targetPort: "http" }] },
});

let api: ApiServer;
let client: KubeClient;

beforeAll(async () => {
  api = await startApiServer();
  client = connect({ kubeconfig: api.kubeconfig, userAgent: "apply-test" });
  await api.kubectl("create", "namespace", "apply");
}, 1_800_000);
afterAll(async () => {
  await client?.close();
  await api?.stop();
});

/** An object as a cache has it. */
function cached<T extends KubeObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata ?? {};
  return { ...object, metadata };
}

async function apply<T extends KubeObject>(kind: ResourceKind<T>, desired: T, live?: T) {
  return await applyIfChanged(client, kind, desired, live && cached(live), options);
}

/** Changes an object as a person would, by a JSON patch, and returns it as it then is. */
async function edit<T extends KubeObject>(kind: ResourceKind<T>, object: T, ...patch: object[]): Promise<T> {
  const { status, body } = await client.raw("PATCH", objectPath(kind as ResourceKind, keyOf(object)), {
    query: { fieldManager: "a-person" },
    headers: { "content-type": "application/json-patch+json" },
    body: JSON.stringify(patch),
  });
  if (status !== 200) throw new Error(`${status}: ${body}`);
  return JSON.parse(body) as T;
}

const set = (path: string, value: unknown) => ({ op: "add", path, value });
const POD = "/spec/template/spec";
const WEB = `${POD}/containers/0`;

describe("an object that somebody edited", () => {
  const ofDeployment: [string, string, ...object[]][] = [
    [
      "a probe of another kind",
      "spec.template.spec.containers[web].readinessProbe.httpGet",
      set(`${WEB}/readinessProbe`, { tcpSocket: { port: 8080 } }),
    ],
    [
      "a probe that starts in an hour",
      "spec.template.spec.containers[web].readinessProbe.initialDelaySeconds",
      set(`${WEB}/readinessProbe/initialDelaySeconds`, 3600),
    ],
    [
      "a probe more",
      "spec.template.spec.containers[web].startupProbe",
      set(`${WEB}/startupProbe`, { exec: { command: ["false"] } }),
    ],
    [
      "another port",
      "spec.template.spec.containers[web].ports[http].containerPort",
      set(`${WEB}/ports/0/containerPort`, 9090),
    ],
    [
      "a hook that fails",
      "spec.template.spec.containers[web].lifecycle",
      set(`${WEB}/lifecycle`, { postStart: { exec: { command: ["false"] } } }),
    ],
    [
      "a gate that nobody opens",
      "spec.template.spec.readinessGates",
      set(`${POD}/readinessGates`, [{ conditionType: "example.dev/never" }]),
    ],
    ["another strategy", "spec.strategy.type", set("/spec/strategy", { type: "Recreate" })],
    ["a pause", "spec.paused", set("/spec/paused", true)],
    ["no label of an empty value", "metadata.labels.empty", { op: "remove", path: "/metadata/labels/empty" }],
  ];
  const strategy = { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } };

  it.each(ofDeployment)("(a Deployment, now with %s) is repaired", async (title, path, ...patch) => {
    const desired = deployment(title.replaceAll(" ", "-"), {}, { strategy });
    const { object } = await apply(deployments, desired);
    const sidecar = { name: "mesh", image: "mesh:1", ports: [{ name: "mesh", containerPort: 1 }] };
    const live = await edit(deployments, object, ...patch, set(`${POD}/containers/-`, sidecar));
    const repaired = await apply(deployments, desired, live);
    expect(repaired.result).toBe("repaired");
    expect(repaired.drift.map((one: Difference) => one.path)).toContain(path);
    expect(repaired.altered).toEqual([]);
    expect(sameAsApplied(desired, await client.get(deployments, keyOf(desired)), wholeFields)).toBe(true);
    // What is not the applier's to say stays.
    const [, mesh] = repaired.object.spec?.template.spec?.containers ?? [];
    expect(mesh).toMatchObject(sidecar);
    expect(await apply(deployments, desired, repaired.object)).toMatchObject({ result: "unchanged" });
  });

  it.each<[string, string, object]>([
    ["another port", "spec.ports[http].port", set("/spec/ports/0/port", 8000)],
    ["a port more", "spec.ports[more]", set("/spec/ports/-", { name: "more", port: 81 })],
  ])(
    "(a Service, now with %s) is repaired, keeps its node port, and can be changed",
    async (title, path, patch) => {
      const name = title.replaceAll(" ", "-");
      const { object } = await apply(services, service(name));
      const live = await edit(services, object, patch);
      expect(ownerOfField(live, path, options.fieldManager)).toBe("a-person");
      const repaired = await apply(services, service(name), live);
      expect(repaired).toMatchObject({ result: "repaired", altered: [] });
      expect(repaired.drift.map((one) => one.path)).toEqual([path]);
      expect(repaired.object.spec?.ports).toEqual(object.spec?.ports);
      const updated = await apply(services, service(name, 81), repaired.object);
      expect(updated.object.spec?.ports?.map(({ port }) => port)).toEqual([81]);
    },
  );
});

describe("an object that is gone", () => {
  it.each([
    ["a stranger's has its name", "taken", true],
    ["nothing has its name", "free", false],
  ])("is not written where %s, but looked at anew", async (_where, name, isThere) => {
    const { object: gone } = await apply(services, service(name));
    await client.delete(services, keyOf(gone));
    const theirs = isThere ? await client.create(services, service(name, 90)) : undefined;
    const error = await apply(services, service(name, 81), gone).catch((reason: unknown) => reason);
    expect(refusalOf(error)).toBe("anew");
    expect(await client.get(services, keyOf(gone))).toEqual(theirs);
  });
});

describe("what the API server itself makes of an object", () => {
  it("is no difference: it drops what is empty and fills in what nobody says", async () => {
    const desired = deployment(
      "bare",
      {
        ports: [{ name: "http", containerPort: 8080, hostPort: 0 }],
        readinessProbe: { httpGet: { port: "http" }, initialDelaySeconds: 0 },
        startupProbe: { grpc: { port: 8080 } },
        lifecycle: { preStop: { httpGet: { port: "http" } } },
        env: [{ name: "EMPTY", value: "" }],
        args: [],
        volumeMounts: [{ name: "tmp", mountPath: "/tmp", readOnly: false }],
      },
      { minReadySeconds: 0 },
    );
    const pod = desired.spec?.template.spec;
    Object.assign(pod ?? {}, { volumes: [{ name: "tmp", emptyDir: {} }], hostNetwork: false });
    const [made, of] = [await apply(deployments, desired), await apply(services, namelessService)];
    expect([made.altered, of.altered]).toEqual([[], []]);
    expect(await apply(deployments, desired, made.object)).toMatchObject({ result: "unchanged" });
    expect(await apply(services, namelessService, of.object)).toMatchObject({ result: "unchanged" });
  });

  const namelessService = {
    ...service("bare"),
    spec: { publishNotReadyAddresses: false, selector: { app: "bare" }, ports: [{ port: 80 }] },
  };

  it.each<[string, Partial<V1Container>]>([
    ["a value of a wrong type", { workingDir: 5 as never }],
    ["an unknown field", { colour: "red" } as never],
    ["a quantity that is none", { resources: { limits: { cpu: "much" } } }],
    ["an invalid value", { image: "" }],
  ])("is a refusal where it says %s", async (_what, container) => {
    const error = await apply(deployments, deployment("wrong", container)).catch((reason: unknown) => reason);
    expect(refusalOf(error)).toBe("refused");
  });
});

describe("an object that a webhook changes", () => {
  const policy = "spec.template.spec.containers[web].imagePullPolicy";
  const altered = [{ path: policy, desired: "IfNotPresent", live: "Never" }];
  const desired = deployment("hooked", { imagePullPolicy: "IfNotPresent" });

  it("is unchanged by an apply that changes nothing, which tells what the webhook made of it", async () => {
    const webhook = await startWebhook(api, ["deployments"], () => [set(`${WEB}/imagePullPolicy`, "Never")]);
    try {
      await until("the webhook is asked", async () => {
        await client.apply(deployments, deployment("unseen"), { fieldManager: "nobody", dryRun: true });
        return webhook.calls > 0;
      });
      const created = await apply(deployments, desired);
      expect(created).toMatchObject({ result: "created", altered });
      // A status that is written meanwhile makes it no change either.
      const live = await edit(deployments, created.object, set("/metadata/labels/theirs", "a"));
      const before = webhook.calls;
      expect(await apply(deployments, desired, created.object)).toMatchObject({
        result: "unchanged",
        altered,
      });
      const again = await apply(deployments, desired, live);
      expect(again).toMatchObject({ result: "unchanged", drift: [], altered });
      expect(again.object.metadata?.resourceVersion).toBe(live.metadata?.resourceVersion);
      // Once each at least: an API server whose cache is behind asks again for what changes nothing.
      const asked = webhook.calls;
      expect(asked).toBeGreaterThanOrEqual(before + 2);
      const known = await applyIfChanged(client, deployments, desired, live, { ...options, altered });
      expect(known).toMatchObject({ result: "unchanged", altered });
      expect(webhook.calls).toBe(asked);
    } finally {
      await webhook.stop();
    }
  });
});
