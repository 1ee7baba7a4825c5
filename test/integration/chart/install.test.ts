import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { V1CustomResourceDefinition, V1Job, V1Service } from "@kubernetes/client-node";
import { type RunResult, tryRun } from "../../../cluster/shell.ts";
import { hitCounterCrd } from "../../../operator/api/crd.ts";
import type { HitCounter } from "../../../operator/api/hitCounter.ts";
import { crds } from "../../../operator/jobs/applyCrd.ts";
import { childKinds, hitCounters } from "../../../operator/kinds.ts";
import type { KubeObject } from "../../../operator/runtime/objects.ts";
import { controllerReference } from "../../../operator/runtime/ownerReferences.ts";
import { asInItsImage } from "../../../tools/dockerfile.ts";
import { type ApiServer, serviceAccountKubeconfig, startApiServer } from "../../support/apiServer.ts";
import { requestsOf } from "../../support/audit.ts";
import { CHART, type Helm, objectsIn, render, startHelm } from "../../support/helm.ts";
import { patchStatus } from "../../support/pretended.ts";

const CRD = { namespace: "", name: "hitcounters.hitcounter.dev" };
const WEB = { namespace: "demo", name: "web" };
/** A release whose HitCounter is in another namespace. */
const values = {
  hitcounter: {
    enabled: true,
    ...WEB,
    timeoutSeconds: 20,
    spec: { version: "1.0.0", counter: { replicas: 3 } },
  },
};
let api: ApiServer;
let helm: Helm;

beforeAll(async () => {
  api = await startApiServer();
  await api.kubectl("delete", "crd", CRD.name); // Helm is to install its own
  for (const name of ["mine", "demo", "one", "two"]) await api.kubectl("create", "namespace", name);
  helm = await startHelm("mine", api.kubeconfig);
  // No pod runs here, so neither does a hook: the jobs are tried below, and all of it on the real cluster.
  await helm(["install", "mine", CHART, "--no-hooks"], values);
  await api.startControllers(["garbage-collector-controller"]); // which is late for kinds that are new to it
}, 1_800_000);
afterAll(async () => {
  await helm?.stop();
  await api?.stop();
});

/** Every object of a release, as it is. */
const objectsOf = async (release: string): Promise<KubeObject[]> => {
  const objects = objectsIn(await helm(["get", "manifest", release]));
  return await Promise.all(
    objects.map(async ({ kind, metadata }) =>
      api.kubectl
        .in(metadata?.namespace ?? "default")
        .json<KubeObject>("get", `${kind}`, `${metadata?.name}`, "--show-managed-fields"),
    ),
  );
};

describe("a release", () => {
  it("is made of what the API server takes, and is not changed by the same again", async () => {
    // What the API server has filled in of a status, it stores with the first write: the operator's.
    await patchStatus(api.kubectl.client, hitCounters, WEB, { observedGeneration: 0 });
    const before = await objectsOf("mine");
    expect(before.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["Deployment", "HitCounter"]));
    await helm(["upgrade", "mine", CHART, "--no-hooks"], values);
    expect(await objectsOf("mine")).toEqual(before);
  });

  it("is at one with kubectl about the CustomResourceDefinition", async () => {
    await api.kubectl("apply", "--server-side", "-k", join(CHART, "../../config/crd"));
  });

  it("of some namespaces is, too, beside the other", async () => {
    const ofTwo = { watchNamespaces: ["one", "two"] };
    await helm(["install", "hitcounter", CHART, "--no-hooks"], ofTwo);
    const before = await objectsOf("hitcounter");
    await helm(["upgrade", "hitcounter", CHART, "--no-hooks"], ofTwo);
    expect(await objectsOf("hitcounter")).toEqual(before);
    await helm(["uninstall", "hitcounter", "--no-hooks"]);
  });
});

describe("its hooks", () => {
  let hooks: KubeObject[];

  beforeAll(async () => {
    const rendered = await render(helm, values, { release: "mine" });
    hooks = rendered.filter(({ metadata }) => metadata?.annotations?.["helm.sh/hook"] !== undefined);
  });

  it("are made of what the API server takes, and of pods that pass Pod Security restricted", async () => {
    await api.kubectl("label", "namespace", "mine", "pod-security.kubernetes.io/warn=restricted");
    const { code, stdout, stderr } = await api.kubectl.attemptApply({
      apiVersion: "v1",
      kind: "List",
      items: hooks,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.match(/^job\.batch/gm)).toHaveLength(4);
  });

  /** Runs the program of a hook's Job as its pod would, with no rights but those of its hook. */
  const runJob = async (word: string): Promise<RunResult> => {
    const name = `mine-hitcounter-${word}`;
    const [job] = hooks.filter(({ kind, metadata }) => kind === "Job" && metadata?.name === name) as V1Job[];
    const { serviceAccountName = "", containers = [] } = job?.spec?.template.spec ?? {};
    const account = { namespace: "mine", name: serviceAccountName };
    const { command, env } = asInItsImage("operator");
    const [node, ...args] = [...command, ...(containers[0]?.args ?? [])];
    const KUBECONFIG = await serviceAccountKubeconfig(api, account);
    return await tryRun(node, args, { env: { ...env, KUBECONFIG } });
  };
  const mayDo = async (account: string, ...what: string[]) => {
    const as = `--as=system:serviceaccount:mine:${account}`;
    return (await api.kubectl.attempt("auth", "can-i", ...what, as)).stdout.trim();
  };

  it("make the CustomResourceDefinition that is there the one of this version, and touch no other", async () => {
    const { client } = api.kubectl;
    const specNow = async () => (await client.get(crds, CRD))?.spec;
    const current = await specNow();
    // An older one, as Helm leaves it: it knows less, and something that is no more.
    const older = JSON.parse(JSON.stringify(hitCounterCrd())) as V1CustomResourceDefinition;
    older.spec.names.shortNames?.push("counterofhits");
    const { properties = {} } = older.spec.versions[0]?.schema?.openAPIV3Schema ?? {};
    delete properties.spec?.properties?.upgrade;
    Object.assign(properties.spec?.properties ?? {}, { colour: { type: "string", default: "red" } });
    await client.apply(crds, older, { fieldManager: "helm" });
    expect(await specNow()).not.toEqual(current);

    expect(await runJob("apply-crd")).toMatchObject({ code: 0, stderr: "" });
    expect(await specNow()).toEqual(current);
    expect((await runJob("apply-crd")).stdout).toContain("already was the one of this version");
    await helm(["install", "hitcounter", CHART, "--no-hooks"], { watchNamespaces: ["one"] }); // no conflict
    expect(await specNow()).toEqual(current);

    const account = "mine-hitcounter-apply-crd";
    expect(await mayDo(account, "patch", "crd/hitcounters.hitcounter.dev")).toBe("yes");
    for (const verb of ["delete", "create", "list"]) expect(await mayDo(account, verb, "crd")).toBe("no");
    expect(await mayDo(account, "patch", "crd/widgets.example.com")).toBe("no");
  });

  it("wait for the HitCounter, and fail where its version was taken back", async () => {
    const { metadata } = (await api.kubectl.client.get(hitCounters, WEB)) as HitCounter;
    const told = (type: string, reason: string, message: string) => ({
      ...{ type, status: "True", reason, message, observedGeneration: metadata.generation },
      lastTransitionTime: "2026-01-02T00:00:00Z",
    });
    const tell = (version: string, ...conditions: object[]) =>
      patchStatus(api.kubectl.client, hitCounters, WEB, {
        observedGeneration: metadata.generation,
        version,
        conditions,
      });
    const waiting = runJob("wait");
    await tell("1.0.0", told("Ready", "Serving", "The proxy answers with the count."));
    expect(await waiting).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("HitCounter demo/web: Version 1.0.0 serves. The proxy answers"),
    });
    await tell("0.9.0", told("RolledBack", "ErrImagePull", "Version 1.0.0 was taken back: no such image."));
    expect(await runJob("wait")).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("Version 1.0.0 was taken back: no such image."),
    });
  });

  it("delete the HitCounter, and see its Services gone", async () => {
    const { client } = api.kubectl;
    const hitCounter = (await client.get(hitCounters, WEB)) as HitCounter;
    const service: V1Service = {
      ...{ apiVersion: "v1", kind: "Service" },
      metadata: {
        ...{ namespace: "demo", name: "web-proxy", ownerReferences: [controllerReference(hitCounter)] },
        labels: {
          "app.kubernetes.io/managed-by": "hitcounter-operator",
          "app.kubernetes.io/instance": "web",
        },
      },
      spec: { ports: [{ port: 80 }] },
    };
    await client.create(childKinds.Service, service);
    expect(await runJob("delete")).toMatchObject({ code: 0, stderr: "" });
    expect(await client.get(hitCounters, WEB)).toBeUndefined();
    expect(await client.get(childKinds.Service, { namespace: "demo", name: "web-proxy" })).toBeUndefined();
    // Again, as when a first try was cut off.
    expect(await runJob("delete")).toMatchObject({ code: 0 });
    expect(await runJob("wait")).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("There is no HitCounter demo/web to wait for"),
    });
  });

  it("say what to do where there is no CustomResourceDefinition", async () => {
    await api.kubectl("delete", "crd", CRD.name);
    expect(await runJob("apply-crd")).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("helm show crds CHART | kubectl apply --server-side -f - makes it"),
    });
  });

  it("asked for nothing that they may not do", async () => {
    const requests = await requestsOf(api.auditLog, "hitcounter-operator");
    expect(requests.length).toBeGreaterThanOrEqual(5);
    expect(requests.filter(({ responseStatus }) => responseStatus?.code === 403)).toEqual([]);
  });
});
