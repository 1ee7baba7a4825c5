import type { V1Deployment, V1Pod, V1StatefulSet } from "@kubernetes/client-node";
import { childKinds, hitCounters, pods } from "../../operator/kinds.ts";
import type { Key } from "../../operator/runtime/key.ts";
import type { KubeClient } from "../../operator/runtime/kubeClient.ts";
import { type KubeObject, objectPath, type ResourceKind } from "../../operator/runtime/objects.ts";
import type { SharedApiServer } from "./apiServer.ts";
import { manifest } from "./hitCounters.ts";
import type { Kubectl } from "./kubectl.ts";

// What kubelets and controllers do, pretended, as none run beside a bare API server; and what anybody may do.

const NAMESPACE = { apiVersion: "v1", kind: "Namespace", plural: "namespaces", namespaced: false };
const SERVICE_ACCOUNT = {
  apiVersion: "v1",
  kind: "ServiceAccount",
  plural: "serviceaccounts",
  namespaced: true,
};

/** Makes a namespace in which there can be pods. */
export async function makeNamespace({ kubectl }: SharedApiServer, name: string): Promise<Kubectl> {
  const inside = kubectl.in(name);
  await inside.client.create(NAMESPACE, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  // Which a controller would make, and each pod needs.
  const metadata = { namespace: name, name: "default" };
  await inside.client.create(SERVICE_ACCOUNT, { apiVersion: "v1", kind: "ServiceAccount", metadata });
  return inside;
}

/** Makes a HitCounter `web` in a namespace of its own. */
export async function makeWeb(api: SharedApiServer, namespace: string, spec: object = {}): Promise<Kubectl> {
  const kubectl = await makeNamespace(api, namespace);
  await kubectl.apply(manifest("web", spec));
  return kubectl;
}

/** Who changes an object, and of which part of it. */
interface Patch {
  readonly fieldManager?: string;
  readonly subresource?: "status" | "scale";
  /** Default: a merge patch. */
  readonly type?: "merge" | "json";
}

/** Changes an object as anybody might, and returns it as it then is. */
export async function patch<T extends KubeObject>(
  client: KubeClient,
  kind: ResourceKind<T>,
  key: Key,
  change: object,
  { fieldManager = "a-person", subresource, type = "merge" }: Patch = {},
): Promise<T> {
  const path = objectPath(kind as ResourceKind, key) + (subresource ? `/${subresource}` : "");
  const { status, body } = await client.raw("PATCH", path, {
    query: { fieldManager },
    headers: { "content-type": `application/${type}-patch+json` },
    body: JSON.stringify(change),
  });
  if (status !== 200) throw new Error(`PATCH ${path}: ${status} ${body}`);
  return JSON.parse(body) as T;
}

/** Changes the status of an object. */
export const patchStatus = <T extends KubeObject>(
  client: KubeClient,
  kind: ResourceKind<T>,
  key: Key,
  status: object,
) => patch(client, kind, key, { status }, { subresource: "status" });

/** Says of the HitCounter `web` that its version was healthy, as a status tells. */
export const sayHealthy = (client: KubeClient, namespace: string, version = "1.0.0") =>
  patchStatus(client, hitCounters, { namespace, name: "web" }, { version, lastHealthyVersion: version });

/** Makes a pod of a workload's template, which no node has. */
export async function makePod(
  client: KubeClient,
  { metadata, spec }: V1Deployment | V1StatefulSet,
  name: string,
): Promise<Key> {
  const key = { namespace: metadata?.namespace ?? "", name };
  const [container] = spec?.template.spec?.containers ?? [];
  const { name: called = "", image = "" } = container ?? {};
  await client.create(pods, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...key, labels: spec?.template.metadata?.labels ?? {} },
    spec: { automountServiceAccountToken: false, containers: [{ name: called, image }] },
  });
  return key;
}

/** Lets a pod fail because its image can't be had. */
export async function failToPull(client: KubeClient, workload: V1Deployment, name: string): Promise<void> {
  const key = await makePod(client, workload, name);
  const [container] = workload.spec?.template.spec?.containers ?? [];
  const waiting = { reason: "ImagePullBackOff", message: "no such tag" };
  const { name: called, image } = container ?? {};
  const status = { name: called, image, imageID: "", ready: false, restartCount: 0, state: { waiting } };
  await patchStatus(client, pods, key, { phase: "Pending", containerStatuses: [status] });
}

/** Has as many pods serve as each workload of a HitCounter wants. */
export async function serve(client: KubeClient, namespace: string, name = "web"): Promise<void> {
  const workloads: [ResourceKind<V1Deployment | V1StatefulSet>, string][] = [
    [childKinds.StatefulSet, `${name}-redis`],
    [childKinds.Deployment, `${name}-counter`],
    [childKinds.Deployment, `${name}-proxy`],
  ];
  await Promise.all(
    workloads.map(async ([kind, child]) => {
      const key = { namespace, name: child };
      const workload = await client.get(kind, key);
      if (!workload) throw new Error(`there is no ${kind.kind} ${child}`);
      const replicas = workload.spec?.replicas ?? 1;
      for (let index = 0; index < replicas; index += 1) {
        await setReady(client, await makePod(client, workload, `${child}-${index}`));
      }
      await patchStatus(client, kind, key, {
        observedGeneration: workload.metadata?.generation,
        replicas,
        readyReplicas: replicas,
        updatedReplicas: replicas,
        availableReplicas: replicas,
      });
    }),
  );
}

async function setReady(client: KubeClient, key: Key): Promise<V1Pod> {
  const lastTransitionTime = new Date().toISOString();
  const conditions = ["PodScheduled", "Ready"].map((type) => ({ type, status: "True", lastTransitionTime }));
  return await patchStatus(client, pods, key, { phase: "Running", conditions });
}
