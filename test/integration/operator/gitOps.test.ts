import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import type { HitCounter } from "../../../operator/api/hitCounter.ts";
import { childKinds, volumeClaims } from "../../../operator/kinds.ts";
import { connect } from "../../../operator/runtime/connect.ts";
import type { KubeClient } from "../../../operator/runtime/kubeClient.ts";
import type { KubeObject, ResourceKind } from "../../../operator/runtime/objects.ts";
import {
  type ApiServer,
  type RunningOperator,
  startApiServer,
  startOperator,
} from "../../support/apiServer.ts";
import { deletedWith, pruned } from "../../support/argoCd.ts";
import { manifest, read } from "../../support/hitCounters.ts";
import type { Kubectl } from "../../support/kubectl.ts";
import { makeNamespace } from "../../support/pretended.ts";
import { belongingsIn, childKindsOf } from "../../support/snapshot.ts";
import { until } from "../../support/until.ts";

const samples = join(import.meta.dirname, "../../../samples");
const CLAIM = "data-web-redis-0";

let api: ApiServer;
let operator: RunningOperator;
let client: KubeClient;
let kinds: ResourceKind[];

beforeAll(async () => {
  api = await startApiServer();
  client = connect({ kubeconfig: api.kubeconfig, userAgent: "gitops-test" });
  kinds = await childKindsOf(client);
  // All that make something of what the operator makes.
  await api.startControllers([
    "deployment-controller",
    "endpoints-controller",
    "garbage-collector-controller",
    "persistentvolumeclaim-protection-controller",
    "replicaset-controller",
    "statefulset-controller",
  ]);
  operator = await startOperator(api.kubeconfig);
}, 1_800_000);
afterAll(async () => {
  await operator?.stop();
  await client?.close();
  await api?.stop();
});

describe("once the operator has worked on it,", () => {
  const untilWorkedOn = async (kubectl: Kubectl, name: string) =>
    await until("the operator has told of it", async () => {
      const object = await read(kubectl, name);
      return (object.status?.observedGeneration ?? 0) === object.metadata.generation && object;
    });

  describe.each(readdirSync(samples).filter((name) => name.endsWith(".yaml")))("the sample %s", (file) => {
    it.each([[[]], [["--server-side"]]])(
      "applied again (%j) is as it was, and differs in nothing",
      async (flags) => {
        const namespace = `${file.replace(".yaml", "")}${flags.length > 0 ? "-server-side" : ""}`;
        const kubectl = await makeNamespace(api, namespace);
        const path = join(samples, file);
        const { metadata } = parse(await readFile(path, "utf8")) as HitCounter;
        const first = await kubectl.attempt("apply", ...flags, "-f", path);
        expect(first).toMatchObject({ code: 0, stderr: "" });
        await untilWorkedOn(kubectl, metadata.name);

        expect(await kubectl.attempt("diff", ...flags, "-f", path)).toMatchObject({ code: 0, stdout: "" });
        const before = await read(kubectl, metadata.name);
        const again = await kubectl.attempt("apply", ...flags, "-f", path);
        expect(again).toMatchObject({ code: 0, stderr: "" });
        const after = await read(kubectl, metadata.name);
        expect([after.metadata.generation, after.spec]).toEqual([1, before.spec]);
        // Nobody's claim to a field has changed either, but with the status' last word.
        const withoutStatus = ({ metadata: { managedFields } }: KubeObject & HitCounter) =>
          (managedFields as { subresource?: string }[]).filter(({ subresource }) => subresource !== "status");
        expect(withoutStatus(after)).toEqual(withoutStatus(before));
      },
    );
  });
});

describe("what installs the operator", () => {
  it.each([[[]], [["--server-side", "--force-conflicts"]]])(
    "applied again (%j) is as it was, and differs in nothing",
    async (flags) => {
      const path = join(samples, "../config/default");
      await api.kubectl("apply", ...flags, "-k", path);
      const versions = async () => {
        const { items } = await api.kubectl.json<{ items: KubeObject[] }>("get", "-k", path);
        return items.map(({ kind, metadata }) => `${kind} ${metadata?.name} ${metadata?.generation}`);
      };
      const before = await versions();
      expect(await api.kubectl.attempt("diff", ...flags, "-k", path)).toMatchObject({ code: 0, stdout: "" });
      await api.kubectl("apply", ...flags, "-k", path);
      expect(await versions()).toEqual(before);
    },
  );
});

describe("Argo CD, of whose applications one has a HitCounter's name,", () => {
  const git = [
    { ...manifest("web"), metadata: { name: "web", labels: { "app.kubernetes.io/instance": "web" } } },
  ];
  /** The HitCounter with all that bears its label or has it for an owner. */
  async function liveIn(namespace: string): Promise<KubeObject[]> {
    const { hitCounter, children = [] } = (await belongingsIn(client, kinds, namespace)).get("web") ?? {};
    return [hitCounter, ...children].filter((object) => object !== undefined);
  }
  const claimIn = (namespace: string) => client.get(volumeClaims, { namespace, name: CLAIM });
  const titles = (objects: readonly KubeObject[]) =>
    objects.map(({ kind, metadata }) => `${kind} ${metadata?.name}`);
  const OPTIONS = "argocd.argoproj.io/sync-options";
  const withoutOptions = (live: readonly KubeObject[]) =>
    live.map((object) => {
      const { [OPTIONS]: _, ...annotations } = object.metadata?.annotations ?? {};
      return { ...object, metadata: { ...object.metadata, annotations } };
    });

  /** Applies what Git holds, and waits until all that follows from it is there. */
  async function synced(namespace: string): Promise<Kubectl> {
    const kubectl = await makeNamespace(api, namespace);
    for (const object of git) await kubectl.apply(object);
    await until("claim, pods and endpoints are there, and the claim is marked", async () => {
      const live = await liveIn(namespace);
      const has = (kind: string, name: RegExp) =>
        live.some((object) => object.kind === kind && name.test(object.metadata?.name ?? ""));
      const isMarked = (await claimIn(namespace))?.metadata?.annotations?.[OPTIONS] !== undefined;
      return (
        isMarked &&
        has("Pod", /^web-redis-0$/) &&
        has("Pod", /^web-proxy-/) &&
        has("Endpoints", /^web-redis$/)
      );
    });
    return kubectl;
  }
  const remove = async (kubectl: Kubectl, objects: readonly KubeObject[]) => {
    for (const { kind, metadata } of objects)
      await kubectl("delete", kind ?? "", metadata?.name ?? "", "--wait=false");
  };
  const untilOnlyTheClaimIsLeft = (namespace: string) =>
    until("garbage collection is done", async () => {
      const live = await liveIn(namespace);
      if (live.every(({ kind }) => kind === "PersistentVolumeClaim" || kind === "Endpoints")) return true;
      throw new Error(titles(live).join(", "));
    });

  it("prunes nothing of what the operator has made, which without its word would be the claim", async () => {
    await synced("pruned");
    const live = await liveIn("pruned");
    expect(live.length).toBeGreaterThan(15);
    expect(titles(pruned(live, "web", git))).toEqual([]);
    expect(titles(pruned(withoutOptions(live), "web", git))).toEqual([`PersistentVolumeClaim ${CLAIM}`]);
  });

  it.each([
    [
      "prunes a HitCounter that Git no longer holds",
      "taken-out",
      (live: KubeObject[]) => pruned(live, "web", []),
    ],
    ["is to delete its resources with it", "with-it", (live: KubeObject[]) => deletedWith(live, "web")],
  ])("%s, and leaves the data, which count on under a new one", async (_what, namespace, doomed) => {
    const kubectl = await synced(namespace);
    const before = await claimIn(namespace);
    const live = await liveIn(namespace);
    expect(titles(doomed(live))).toEqual(["HitCounter web"]);
    await remove(kubectl, doomed(live));
    await untilOnlyTheClaimIsLeft(namespace);
    // And again, as it does at every sync.
    const left = await liveIn(namespace);
    expect(titles(doomed(left))).toEqual([]);
    expect(titles(doomed(withoutOptions(left)))).toEqual([`PersistentVolumeClaim ${CLAIM}`]);

    for (const object of git) await kubectl.apply(object);
    await until("Redis is there again", () =>
      client.get(childKinds.StatefulSet, { namespace, name: "web-redis" }),
    );
    const after = await claimIn(namespace);
    expect([after?.metadata?.uid, after?.metadata?.deletionTimestamp]).toEqual([
      before?.metadata?.uid,
      undefined,
    ]);
  });

  it("finds the word on a claim that an operator from before had made, and on one that has lost it", async () => {
    const kubectl = await synced("earlier");
    await operator.stop();
    const before = await client.get(childKinds.StatefulSet, { namespace: "earlier", name: "web-redis" });
    await kubectl("annotate", "pvc", CLAIM, `${OPTIONS}-`, "argocd.argoproj.io/compare-options-");
    operator = await startOperator(api.kubeconfig);
    const isMarked = async () => (await claimIn("earlier"))?.metadata?.annotations?.[OPTIONS];
    expect(await until("the claim is marked", isMarked)).toBe("Prune=false,Delete=false");
    await kubectl("annotate", "pvc", CLAIM, `${OPTIONS}-`);
    expect(await until("it is marked again", isMarked)).toBe("Prune=false,Delete=false");
    const after = await client.get(childKinds.StatefulSet, { namespace: "earlier", name: "web-redis" });
    expect([after?.metadata?.uid, after?.metadata?.generation]).toEqual([
      before?.metadata?.uid,
      before?.metadata?.generation,
    ]);
  });
});
