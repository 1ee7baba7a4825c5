import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { V1Deployment } from "@kubernetes/client-node";
import { shared } from "../../../cluster/sideBySide.ts";
import type { HitCounter } from "../../../operator/api/hitCounter.ts";
import { counterSettingsOf, revisionOf } from "../../../operator/desired/counterSettings.ts";
import { childKinds, hitCounters, pods } from "../../../operator/kinds.ts";
import { rolloutOf } from "../../../operator/reconcile/look/rollout.ts";
import { connect } from "../../../operator/runtime/connect.ts";
import type { KubeClient } from "../../../operator/runtime/kubeClient.ts";
import { objectPath, type ResourceKind } from "../../../operator/runtime/objects.ts";
import { controllerOf } from "../../../operator/runtime/ownerReferences.ts";
import {
  type ApiServer,
  type RunningOperator,
  startApiServer,
  startOperator,
} from "../../support/apiServer.ts";
import { writeEventsOf } from "../../support/audit.ts";
import { wantedChildren } from "../../support/children.ts";
import {
  type Crashes,
  type CrashPoint,
  type Victim,
  type Write,
  watchCrashes,
} from "../../support/crashes.ts";
import { type FaultProxy, startFaultProxy } from "../../support/faultProxy.ts";
import { tell } from "../../support/findings.ts";
import { manifest } from "../../support/hitCounters.ts";
import { makeNamespace } from "../../support/pretended.ts";
import {
  belongingsIn,
  childKindsOf,
  passwordAmong,
  type Snapshot,
  snapshotOf,
} from "../../support/snapshot.ts";
import { until } from "../../support/until.ts";

// A process reconciles several HitCounters at once, each on its own. So one kill can meet each of them at a write of
// its own: the proxy holds the write of each until all are held, and then the process gets SIGKILL.

/** HitCounters that meet one kill: fewer than the operator has connections and workers. */
const AT_ONCE = 8;

type Act = (victim: Victim) => Promise<void>;

interface Scenario {
  name: string;
  /** What happens before, each act to its end. */
  before: Act[];
  /** What happens while the operator dies. */
  act: Act;
  /** What happens while it is dead. */
  whileDead?: Act;
  /** Whether a HitCounter that is made with the last spec ends the same. */
  anyPath?: true;
  /** Writes that there must be among those at which it dies. */
  writes: Write[];
}

interface Crash extends Victim {
  scenario: Scenario;
  point: CrashPoint;
  password?: string | undefined;
  uids?: Map<string, string>;
}

interface Uninterrupted {
  writes: readonly Write[];
  snapshot: Snapshot;
}

let api: ApiServer;
let proxy: FaultProxy;
let client: KubeClient;
let crashes: Crashes;
let kinds: ResourceKind[];
const operators: RunningOperator[] = [];

beforeAll(async () => {
  api = await startApiServer();
  proxy = await startFaultProxy(api);
  client = connect({ kubeconfig: api.kubeconfig, userAgent: "crash-test" });
  crashes = watchCrashes(proxy);
  kinds = await childKindsOf(client);
  await api.startControllers(["garbage-collector-controller"]);
}, 1_800_000);
afterAll(async () => {
  for (const operator of operators) operator.signal("SIGKILL");
  await client?.close();
  await proxy?.close();
  await api?.stop();
});

const apply =
  (spec: object): Act =>
  async ({ namespace, name }) => {
    const object = { ...manifest(name, named(spec, name)), metadata: { namespace, name } };
    await client.apply(hitCounters, object as unknown as HitCounter, { fieldManager: "crash-test" });
  };
/** The Service's name, where a spec has one, is made from the HitCounter's: two share a namespace. */
const named = (spec: object, name: string) =>
  JSON.parse(JSON.stringify(spec).replaceAll("<name>", name)) as object;

async function patch(kind: ResourceKind, { namespace, name }: Victim, change: object, subresource = "") {
  const { status, body } = await client.raw(
    "PATCH",
    `${objectPath(kind, { namespace, name })}${subresource}`,
    {
      headers: { "content-type": "application/merge-patch+json" },
      body: JSON.stringify(change),
    },
  );
  if (status !== 200) throw new Error(`${status}: ${body}`);
}

const workloadsOf = (name: string) =>
  [
    [childKinds.Deployment, `${name}-counter`],
    [childKinds.Deployment, `${name}-proxy`],
    [childKinds.StatefulSet, `${name}-redis`],
  ] as [ResourceKind<V1Deployment>, string][];

/** Whether all workloads are there, none with a failing pod, and a status is about them and about the newest spec. */
async function tellsWhatIs({ metadata, status }: HitCounter): Promise<boolean> {
  const { namespace, name } = metadata;
  const failing = await client.get(pods, failingPod(metadata));
  const workloads = await Promise.all(
    workloadsOf(name).map(([kind, child]) => client.get(kind, { namespace, name: child })),
  );
  const complete = workloads.every((workload) => rolloutOf(workload, [], "").complete);
  // What the operator has not heard of yet, it does not act on at the next look either.
  const { trouble } = rolloutOf(workloads[0], failing ? [failing] : [], "counter");
  const isActedOn = workloads.every(Boolean) && trouble === undefined;
  const progressing = status?.conditions?.find(({ type }) => type === "Progressing")?.status;
  // It is Kubernetes' that keeps an object until what belongs to it is let go.
  const orphaning = workloads.some((workload) => workload?.metadata?.finalizers?.includes("orphan"));
  const isNewest = status?.observedGeneration === metadata.generation && !orphaning;
  return isActedOn && isNewest && progressing === (complete ? "False" : "True");
}

/** Does what Kubernetes' controllers do once the pods of every workload are up; there are none here. */
const podsComeUp: Act = async ({ namespace, name }) => {
  for (const [kind, child] of workloadsOf(name)) {
    const live = await client.get(kind, { namespace, name: child });
    const replicas = live?.spec?.replicas ?? 0;
    const status = {
      observedGeneration: live?.metadata?.generation,
      replicas,
      updatedReplicas: replicas,
      readyReplicas: replicas,
      availableReplicas: replicas,
    };
    await patch(kind, { namespace, name: child }, { status }, "/status");
  }
};
/** Tells what an operator tells once every counter pod has served. */
const serves: Act = async (victim) => {
  const { spec } = (await client.get(hitCounters, victim)) ?? {};
  const lastHealthyRevision = spec && revisionOf(counterSettingsOf(spec));
  const status = { lastHealthyVersion: spec?.version, lastHealthyRevision };
  await patch(hitCounters as ResourceKind, victim, { status }, "/status");
};
const failingPod = ({ namespace, name }: Victim) => ({ namespace, name: `${name}-counter-x` });
/** Makes a counter pod of the newest template whose image can't be pulled. */
const podFails: Act = async (victim) => {
  const { namespace, name } = victim;
  const deployment = await client.get(childKinds.Deployment, { namespace, name: `${name}-counter` });
  const pod = failingPod(victim);
  const container = { name: "counter", image: "example.com/counter:none" };
  await client.create(pods, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...pod, labels: deployment?.spec?.template.metadata?.labels ?? {} },
    spec: { automountServiceAccountToken: false, containers: [container] },
  });
  const state = { waiting: { reason: "ImagePullBackOff", message: "no such tag" } };
  const waiting = { ...container, imageID: "", ready: false, restartCount: 0, state };
  await patch(pods as ResourceKind, pod, { status: { containerStatuses: [waiting] } }, "/status");
};

const counterService = ({ namespace, name }: Victim) => ({ namespace, name: `${name}-counter` });
const childrenOf = async ({ namespace, name }: Victim) =>
  (await belongingsIn(client, kinds, namespace)).get(name)?.children ?? [];
/** The same, for whom it is asked again and again: one look answers all of a namespace who ask at a time. */
const childrenByAndBy = async ({ namespace, name }: Victim) =>
  (await shared(namespace, () => belongingsIn(client, kinds, namespace))).get(name)?.children ?? [];
const HELD = { metadata: { finalizers: ["example.com/held"] } };
/** Keeps the children from going when they are deleted, so that their successors have to wait. */
const holdAll: Act = async (victim) => {
  for (const { apiVersion = "", kind = "", metadata } of await childrenOf(victim)) {
    const ofKind = kinds.find((each) => each.kind === kind && each.apiVersion === apiVersion);
    if (ofKind) await patch(ofKind, { ...victim, name: metadata?.name ?? "" }, HELD);
  }
};
const redis = ({ namespace, name }: Victim) => ({ namespace, name: `${name}-redis` });
const holdRedis: Act = (victim) => patch(childKinds.StatefulSet as ResourceKind, redis(victim), HELD);
const releaseRedis: Act = (victim) =>
  patch(childKinds.StatefulSet as ResourceKind, redis(victim), { metadata: { finalizers: null } });
const remove: Act = (victim) => client.delete(hitCounters, victim);
const removeAndApply: Act = async (victim) => {
  await remove(victim);
  await apply(first)(victim);
};
/** Waits until every child is on its way out. */
const untilAllGo: Act = async (victim) => {
  await until("garbage collection has deleted each", async () =>
    (await childrenByAndBy(victim)).every(({ metadata }) => metadata?.deletionTimestamp),
  );
};
/** Waits until every child but Redis's StatefulSet is of the HitCounter there is. */
const untilOthersAreNew: Act = async (victim) => {
  const uid = (await client.get(hitCounters, victim))?.metadata.uid;
  await until("each is made anew", async () => {
    const all = await childrenByAndBy(victim);
    const others = all.filter(({ kind }) => kind !== "StatefulSet");
    return (
      all.length === wantedChildren(first).length && others.every((child) => controllerOf(child)?.uid === uid)
    );
  });
};

const first = { version: "1.0.0" };
const upgraded = { version: "1.1.0" };
const scaled = { version: "1.0.0", counter: { replicas: 4 }, proxy: { replicas: 3 } };
const changed = {
  version: "1.0.0",
  message: "{hits} so far",
  imagePullSecrets: [{ name: "registry" }],
  counter: { resources: { requests: { cpu: "100m" } }, strategy: { maxSurge: "50%" } },
  redis: { durability: "everysec", image: "example.com/redis:8" },
  proxy: { service: { type: "NodePort", port: 8080, annotations: { "example.com/a": "1" } } },
  deletionPolicy: "Delete",
};
const backedUp = { version: "1.0.0", initialHits: 7, backup: { schedule: "@daily" } };
const larger = { version: "1.0.0", redis: { storage: { size: "2Gi" } } };
const renamed = { version: "1.0.0", proxy: { service: { name: "<name>-site" } } };
const STATUS = "PATCH hitcounters/status <name>";

const scenarios: Scenario[] = [
  {
    name: "create",
    before: [],
    act: apply(first),
    writes: ["PATCH secrets <name>-redis", "PATCH statefulsets <name>-redis", STATUS],
  },
  { name: "come-up", before: [apply(first)], act: podsComeUp, writes: [STATUS] },
  {
    name: "upgrade",
    before: [apply(first), podsComeUp],
    act: apply(upgraded),
    anyPath: true,
    writes: ["PATCH deployments <name>-counter", STATUS],
  },
  {
    name: "end-upgrade",
    before: [apply(first), podsComeUp, apply(upgraded)],
    act: podsComeUp,
    writes: [STATUS],
  },
  {
    name: "scale",
    before: [apply(first)],
    act: apply(scaled),
    anyPath: true,
    writes: ["PATCH deployments <name>-counter", "PATCH deployments <name>-proxy", STATUS],
  },
  {
    name: "change",
    before: [apply(first)],
    act: apply(changed),
    anyPath: true,
    writes: ["PATCH statefulsets <name>-redis", "PATCH services <name>-proxy", STATUS],
  },
  {
    name: "back-up",
    before: [apply(first)],
    act: apply(backedUp),
    anyPath: true,
    writes: [
      "PATCH persistentvolumeclaims <name>-backup",
      "PATCH cronjobs <name>-backup",
      "PATCH secrets <name>-redis",
      STATUS,
    ],
  },
  {
    name: "rename",
    before: [apply(first)],
    act: apply(renamed),
    anyPath: true,
    writes: ["PATCH services <name>-site", "DELETE services <name>-proxy"],
  },
  {
    name: "take-back",
    before: [apply(first), podsComeUp, serves, apply(upgraded)],
    act: podFails,
    writes: ["PATCH deployments <name>-counter", STATUS],
  },
  {
    name: "delete-to-resize",
    before: [apply(first), holdRedis],
    act: apply(larger),
    writes: ["DELETE statefulsets <name>-redis", STATUS],
  },
  {
    name: "resize",
    before: [apply(first), holdRedis, apply(larger)],
    act: releaseRedis,
    anyPath: true,
    writes: ["PATCH statefulsets <name>-redis", STATUS],
  },
  {
    name: "delete-and-make-anew",
    before: [apply(first), holdAll],
    act: async (victim) => {
      await removeAndApply(victim);
      await untilAllGo(victim);
    },
    writes: [STATUS],
  },
  {
    name: "made-anew",
    before: [
      apply(first),
      holdRedis,
      async (victim) => {
        await removeAndApply(victim);
        await untilOthersAreNew(victim);
      },
    ],
    act: releaseRedis,
    anyPath: true,
    writes: ["PATCH statefulsets <name>-redis", STATUS],
  },
  {
    name: "create-then-delete",
    before: [],
    act: apply(first),
    whileDead: remove,
    writes: ["PATCH secrets <name>-redis", STATUS],
  },
];

/** How many of these writes come each time: at the end the status may be written once or twice, by what was seen at once. */
function sureIn(writes: readonly Write[]): number {
  const others = writes.findLastIndex((write) => write !== STATUS) + 1;
  return Math.min(others + 1, writes.length);
}

/** Starts an operator of a name of its own that looks after these namespaces. */
async function startFor(namespaces: string[]): Promise<{ operator: RunningOperator; identity: string }> {
  const identity = `run-${randomUUID()}`;
  const operator = await startOperator(proxy.kubeconfig, {
    NAMESPACES: [...new Set(namespaces)].join(","),
    IDENTITY: identity,
    LEADER_ELECTION: "false",
  });
  operators.push(operator);
  return { operator, identity };
}

const idOf = ({ namespace, name }: Victim) => `${namespace}/${name}`;
const looksAt = (operator: RunningOperator) => {
  const lines = operator.log().filter(({ msg }) => msg === "reconciled");
  return Map.groupBy(lines, ({ namespace, name }) => `${namespace}/${name}`);
};

/** Makes the operator look at each once more, by a change to a child that is none of its business. */
async function look(operator: RunningOperator, victims: readonly Victim[]): Promise<void> {
  const before = looksAt(operator);
  const mark = { metadata: { annotations: { "example.com/test-look": String(performance.now()) } } };
  await Promise.all(victims.map((victim) => patch(childKinds.Service, counterService(victim), mark)));
  await until(
    "the operator has looked at each",
    () => {
      const after = looksAt(operator);
      const count = (seen: Map<string, unknown[]>, victim: Victim) => seen.get(idOf(victim))?.length ?? 0;
      return victims.every((victim) => count(after, victim) > count(before, victim));
    },
    { everyMs: 50 },
  );
}

/** Waits until every status is about the newest spec, and looking again brings no more writes. */
async function untilSettled(operator: RunningOperator, victims: readonly Victim[]): Promise<void> {
  const count = () => victims.reduce((sum, victim) => sum + crashes.writesOf(victim).length, 0);
  await until("all have settled", async () => {
    for (const victim of victims) {
      const live = await client.get(hitCounters, victim);
      if (!live || !(await tellsWhatIs(live))) return false;
    }
    const before = count();
    for (const _ of [1, 2]) await look(operator, victims);
    return count() === before;
  });
}

const snapshotsOf = async (namespace: string) =>
  new Map(
    [...(await belongingsIn(client, kinds, namespace))].map(
      ([name, all]) => [name, snapshotOf(all)] as const,
    ),
  );

async function prepare(operator: RunningOperator, crash: Victim & { scenario: Scenario }): Promise<void> {
  for (const act of crash.scenario.before) {
    await act(crash);
    await untilSettled(operator, [crash]);
  }
}

/** Runs a scenario whose operator lives, and a HitCounter that is made with its last spec. */
async function runUninterrupted(operator: RunningOperator, scenario: Scenario): Promise<Uninterrupted> {
  const namespace = `${scenario.name}-0`;
  const victim = { namespace, name: "steady", scenario };
  await prepare(operator, victim);
  const before = crashes.writesOf(victim).length;
  await scenario.act(victim);
  await untilSettled(operator, [victim]);
  const writes = crashes.writesOf(victim).slice(before);
  if (scenario.whileDead) {
    await scenario.whileDead(victim);
    return { writes, snapshot: {} };
  }
  const fresh = { namespace, name: "fresh" };
  if (scenario.anyPath) {
    // As it is there: what an earlier default left in it is the user's wish by now.
    const live = await client.get(hitCounters, victim);
    const spec = JSON.stringify(live?.spec).replaceAll("steady-", "<name>-");
    await apply(JSON.parse(spec) as object)(fresh);
    await untilSettled(operator, [fresh]);
  }
  const seen = await snapshotsOf(namespace);
  const childrenOf = (name: string) =>
    Object.entries(seen.get(name) ?? {}).filter(([title]) => !title.startsWith("HitCounter "));
  if (scenario.anyPath) expect(childrenOf("steady")).toEqual(childrenOf("fresh"));
  return { writes, snapshot: seen.get("steady") ?? {} };
}

/** Kills an operator when each of these is at its write, and sees that it was. */
async function kill(group: readonly Crash[], uninterrupted: Map<string, Uninterrupted>): Promise<void> {
  const { operator, identity } = await startFor(group.map(({ namespace }) => namespace));
  await until(
    "it has found nothing to do",
    () => {
      const looked = looksAt(operator);
      return group.every((crash) => crash.scenario.before.length === 0 || looked.has(idOf(crash)));
    },
    { everyMs: 50 },
  );
  for (const crash of group) crashes.arm(crash, crash.point);
  await Promise.all(group.map((crash) => crash.scenario.act(crash)));
  await until(
    "each is at its write",
    () => {
      const others = group.filter((crash) => !crashes.isHeld(crash));
      if (others.length === 0) return true;
      throw new Error(others.map((crash) => `${idOf(crash)}: ${crashes.writesOf(crash)}`).join("\n"));
    },
    { everyMs: 10 },
  );
  expect(await operator.stop("SIGKILL")).toBeNull();
  const audited = (await writeEventsOf(api.auditLog, `hitcounter-operator/${identity}`)).filter(
    ({ objectRef }) => objectRef?.resource !== "events",
  );
  for (const crash of group) {
    const { at, side } = crash.point;
    const { seen, status } = crashes.disarm(crash);
    expect(seen).toEqual(uninterrupted.get(crash.scenario.name)?.writes.slice(0, at));
    expect(status).toEqual(side === "after" ? expect.any(Number) : undefined);
    // What is told of a HitCounter that is another by now, which it may not have heard yet, is refused.
    const isOutdated = status === 409 && seen.at(-1) === STATUS;
    const refused = (status ?? 0) >= 300 && !isOutdated ? status : undefined;
    expect({ crash: idOf(crash), at, refused }).toEqual({ crash: idOf(crash), at, refused: undefined });
    const done = audited.filter(
      ({ objectRef }) =>
        objectRef?.namespace === crash.namespace && objectRef.name?.split("-")[0] === crash.name,
    );
    expect(done).toHaveLength(side === "after" ? at : at - 1);
  }
  for (const [namespace, crashed] of Map.groupBy(group, ({ namespace }) => namespace)) {
    const all = await belongingsIn(client, kinds, namespace);
    for (const crash of crashed) {
      const { children = [] } = all.get(crash.name) ?? {};
      crash.password = passwordAmong(children);
      crash.uids = uidsOf(children);
    }
  }
  for (const crash of group) await crash.scenario.whileDead?.(crash);
}

const uidsOf = (children: readonly { kind?: string; metadata?: { name?: string; uid?: string } }[]) =>
  new Map(children.map(({ kind, metadata }) => [`${kind} ${metadata?.name}`, metadata?.uid ?? ""]));

describe("an operator that dies at any of its writes", () => {
  it("ends, when it is started again, where one ends that lives", async () => {
    const began = performance.now();
    const uninterrupted = new Map<string, Uninterrupted>();
    const groupsOf = (scenario: Scenario, writes: number) => {
      const all = Array.from({ length: writes }, (_, index) => index + 1).flatMap((at) =>
        (["before", "after"] as const).map((side) => ({ at, side })),
      );
      return Array.from({ length: Math.ceil(all.length / AT_ONCE) }, (_, group) =>
        all.slice(group * AT_ONCE, (group + 1) * AT_ONCE).map(
          (point): Crash => ({
            namespace: `${scenario.name}-${group + 1}`,
            name: `c${point.at}${point.side === "before" ? "b" : "a"}`,
            scenario,
            point,
          }),
        ),
      );
    };

    const references = scenarios.map(({ name }) => `${name}-0`);
    for (const namespace of references) await makeNamespace(api, namespace);
    const reference = await startFor(references);
    await Promise.all(
      scenarios.map(async (scenario) =>
        uninterrupted.set(scenario.name, await runUninterrupted(reference.operator, scenario)),
      ),
    );
    await reference.operator.stop();
    for (const { name, writes } of scenarios) {
      expect(uninterrupted.get(name)?.writes).toEqual(expect.arrayContaining(writes));
    }

    const groups = scenarios.flatMap((scenario) =>
      groupsOf(scenario, sureIn(uninterrupted.get(scenario.name)?.writes ?? [])),
    );
    const all = groups.flat();
    const namespaces = [...new Set(all.map(({ namespace }) => namespace))];
    for (const namespace of namespaces) await makeNamespace(api, namespace);
    const preparing = await startFor(namespaces);
    await Promise.all(all.map((crash) => prepare(preparing.operator, crash)));
    await preparing.operator.stop();

    for (let next = 0; next < groups.length; next += 2) {
      await Promise.all(groups.slice(next, next + 2).map((group) => kill(group, uninterrupted)));
    }

    const written = new Map(all.map((crash) => [crash, crashes.writesOf(crash).length]));
    const { operator } = await startFor(namespaces);
    try {
      for (const namespace of namespaces) {
        const crashed = all.filter((crash) => crash.namespace === namespace);
        await untilLike(crashed, uninterrupted);
      }
      const living = all.filter(({ scenario }) => !scenario.whileDead);
      await untilSettled(operator, living);
      for (const namespace of namespaces) {
        const crashed = all.filter((crash) => crash.namespace === namespace);
        await untilLike(crashed, uninterrupted, 1);
      }
      for (const crash of living) {
        const { at, side } = crash.point;
        const children = (list: readonly Write[]) => list.filter((write) => write !== STATUS);
        const wanted = uninterrupted.get(crash.scenario.name)?.writes ?? [];
        const rest = wanted.slice(side === "after" ? at : at - 1);
        const after = crashes.writesOf(crash).slice(written.get(crash));
        expect({ crash: idOf(crash), writes: children(after) }).toEqual({
          crash: idOf(crash),
          writes: children(rest),
        });
      }
    } finally {
      await operator.stop();
    }
    const seconds = (performance.now() - began) / 1000;
    tell(
      "crash anywhere",
      `${all.length} crashes (every write of ${scenarios.length} scenarios, before and after) in ${seconds.toFixed(0)} s`,
    );
  });

  it("leaves nothing behind when the HitCounter is deleted at that moment", async () => {
    const names = ["lives", "before", "after"];
    await api.kubectl("create", "namespace", "delete");
    const victims = names.map((name) => ({ namespace: "delete", name }));
    const [lives, before, after] = victims as [Victim, Victim, Victim];
    // The operator hears of the children first, and must not take them for lost.
    proxy.lagMs = ({ kind, path }) => (kind === "watch" && path.endsWith("/hitcounters") ? 300 : 0);
    const one = await startFor(["delete"]);
    for (const victim of victims) await apply(first)(victim);
    await untilSettled(one.operator, victims);
    const written = crashes.writesOf(lives).length;
    await remove(lives);
    await until(
      "its children are gone",
      async () => !(await belongingsIn(client, kinds, "delete")).has("lives"),
    );
    expect(crashes.writesOf(lives).slice(written)).toEqual([]); // deleting takes no write of the operator's
    await remove(after);
    expect(await one.operator.stop("SIGKILL")).toBeNull();
    await remove(before);
    const two = await startFor(["delete"]);
    await until("all are gone", async () => (await belongingsIn(client, kinds, "delete")).size === 0);
    await two.operator.stop();
  });
});

/** Waits until each has what it has when nothing goes wrong, and still has what it had. */
async function untilLike(
  crashed: readonly Crash[],
  uninterrupted: Map<string, Uninterrupted>,
  seconds = 120,
) {
  const compare = async () => {
    const all = await belongingsIn(client, kinds, crashed[0]?.namespace ?? "");
    for (const crash of crashed) {
      const belongings = all.get(crash.name) ?? { hitCounter: undefined, children: [] };
      const title = `${idOf(crash)}, ${crash.point.side} write ${crash.point.at}`;
      const wanted = uninterrupted.get(crash.scenario.name)?.snapshot;
      expect({ [title]: snapshotOf(belongings) }).toEqual({ [title]: wanted });
      if (crash.scenario.whileDead) continue;
      expect(passwordAmong(belongings.children)).toBe(crash.password ?? passwordAmong(belongings.children));
      for (const [child, uid] of uidsOf(belongings.children)) {
        const had = crash.uids?.get(child);
        // Who is on its way out is to be replaced.
        if (had && !crash.scenario.name.startsWith("delete")) expect([child, uid]).toEqual([child, had]);
      }
    }
    return true;
  };
  await until("each is as it should be", compare, { withinSeconds: seconds, everyMs: 300 }).catch(compare);
}
