import { expect } from "@jest/globals";
import type { V1Pod, V1ReplicaSet } from "@kubernetes/client-node";
import { pods } from "../../operator/kinds.ts";
import { read, untilSettled } from "./hitCounters.ts";
import type { Kubectl } from "./kubectl.ts";
import { until } from "./until.ts";

/** Old ReplicaSets that a Deployment of the operator's keeps for a rollback by hand. */
const HISTORY_LIMIT = 3;

/** The pods of a HitCounter, of one part if named, that are not on their way out. */
export async function podsOf(kubectl: Kubectl, name: string, part?: string): Promise<V1Pod[]> {
  const pods = await everyPodOf(kubectl, name, part);
  return pods.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
}

/** Waits until a HitCounter has settled and the last pod that had to go has served to its end and is gone. */
export async function untilSettledAndGone(kubectl: Kubectl, name: string): Promise<void> {
  await untilSettled(kubectl, name);
  await until("the pods that go are gone", async () => {
    const pods = await everyPodOf(kubectl, name);
    return pods.every(({ metadata }) => metadata?.deletionTimestamp === undefined);
  });
}

async function everyPodOf({ client, namespace }: Kubectl, name: string, part?: string): Promise<V1Pod[]> {
  const labels = [
    `app.kubernetes.io/instance=${name}`,
    ...(part ? [`app.kubernetes.io/component=${part}`] : []),
  ];
  const { items } = await client.list(pods, { namespace, labelSelector: labels.join(",") });
  return items;
}

/** What tells an object, such as `service/proxy`, from another that has had its name; empty where there is none. */
export const uidOf = async (kubectl: Kubectl, object: string): Promise<string> =>
  (await kubectl.attempt("get", object, "-o", "jsonpath={.metadata.uid}")).stdout;

/** Deletes an object, and waits until there is another under its name. */
export async function deleteUntilAnew(kubectl: Kubectl, object: string): Promise<void> {
  const before = await uidOf(kubectl, object);
  await kubectl("delete", object, "--wait=false");
  await untilAnew(kubectl, object, before);
}

/** Waits until an object is another than it was. */
export const untilAnew = (kubectl: Kubectl, object: string, before: string) =>
  until(`${object} is made anew`, async () => {
    const uid = await uidOf(kubectl, object);
    return uid !== "" && uid !== before;
  });

/** The names of pods, to be compared with later ones. */
export const namesOf = (pods: readonly V1Pod[]) => pods.map(({ metadata }) => metadata?.name ?? "").sort();

/** Restarts of all containers of the pods. */
export const restartsOf = (pods: readonly V1Pod[]) =>
  pods
    .flatMap(({ status }) => status?.containerStatuses ?? [])
    .reduce((sum, { restartCount }) => sum + restartCount, 0);

/** Which pods these are, in whatever order they come, and how often their containers were restarted. */
export const identityOf = (pods: readonly V1Pod[]) => ({
  uids: pods.map(({ metadata }) => metadata?.uid).sort(),
  restarts: restartsOf(pods),
});

/** What a change must leave: all as the spec wants it, a status that says so, and no litter. */
export async function expectAsItShould(kubectl: Kubectl, name: string, version: string): Promise<void> {
  await untilSettledAndGone(kubectl, name);
  const { status } = await read(kubectl, name);
  const counters = await podsOf(kubectl, name, "counter");
  expect(status).toMatchObject({ version, replicas: counters.length, readyReplicas: counters.length });
  expect(conditionsIn(status?.conditions)).toMatchObject({
    Ready: "True",
    Progressing: "False",
    Degraded: "False",
  });
  await until("old ReplicaSets above the history limit are gone", async () => {
    const { items } = await kubectl.json<{ items: V1ReplicaSet[] }>(
      ...["get", "replicasets", "-l", `app.kubernetes.io/instance=${name}`],
    );
    const old = items.filter(({ spec }) => spec?.replicas === 0);
    const owners = Map.groupBy(old, ({ metadata }) => metadata?.ownerReferences?.[0]?.name);
    return [...owners.values()].every(({ length }) => length <= HISTORY_LIMIT);
  });
}

const conditionsIn = (conditions: readonly { type: string; status: string }[] = []) =>
  Object.fromEntries(conditions.map(({ type, status }) => [type, status]));
