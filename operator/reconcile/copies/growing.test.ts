import { beforeEach, describe, expect, it } from "@jest/globals";
import type { V1Deployment, V1Service, V1StatefulSet } from "@kubernetes/client-node";
import type { GroupState } from "../../keeper/index.ts";
import { copyPod, inSync } from "../../testing/copies.ts";
import { FakeCluster } from "../../testing/fakeCluster.ts";
import { hitCounterWith } from "../../testing/fixtures.ts";

let cluster: FakeCluster;

const environment = () =>
  cluster
    .object<V1Deployment>("Deployment web-counter")
    .spec?.template.spec?.containers[0]?.env?.find(({ name }) => name.startsWith("REDIS_HOST"))?.name;
const selector = () => cluster.object<V1Service>("Service web-redis").spec?.selector;
const first = { "statefulset.kubernetes.io/pod-name": "web-redis-0" };
const degraded: GroupState = { ...inSync, condition: "Degraded", inSync: 1 };
/** The pods of Redis are of these templates. */
const copies = (...revisions: string[]) => {
  const others = cluster.pods.filter(({ metadata }) => !metadata?.name?.startsWith("web-redis-"));
  cluster.pods.splice(
    0,
    cluster.pods.length,
    ...others,
    ...revisions.map((each, number) => copyPod(number, each)),
  );
};
const deleted = () => cluster.writes.filter((write) => write.startsWith("delete Pod"));

beforeEach(async () => {
  cluster = new FakeCluster(hitCounterWith());
  await cluster.settle();
  cluster.run();
  await cluster.settle();
  cluster.count(42);
  await cluster.settle();
});

describe("one Redis that is to be three", () => {
  const ask = async () => {
    cluster.patch("HitCounter web", { spec: { redis: { replicas: 3 } } });
    await cluster.settle();
  };

  it("gets two more beside it, and counters go on as they did until a copy leads", async () => {
    await ask();
    expect(cluster.object<V1StatefulSet>("StatefulSet web-redis").spec).toMatchObject({
      replicas: 3,
      updateStrategy: { type: "OnDelete" },
    });
    expect(environment()).toBe("REDIS_HOST");
    expect(selector()).toMatchObject(first);
    cluster.copies = degraded;
    await cluster.settle();
    expect(environment()).toBe("REDIS_HOSTS");
    expect(selector()).toMatchObject(first);
  });

  it("is three once all have everything and every counter knows them, and not before", async () => {
    await ask();
    cluster.copies = inSync;
    await cluster.settle();
    const since = () => cluster.hitCounter.status?.redis?.replicatedSince;
    const counters = cluster.object<V1Deployment>("Deployment web-counter");
    expect(counters.status?.observedGeneration).not.toBe(counters.metadata?.generation);
    expect(since()).toBeUndefined();
    cluster.run();
    // One that served before serves to its end.
    const { labels = {} } = counters.spec?.template.metadata ?? {};
    const leaving = { ...copyPod(0, "old") };
    leaving.metadata = {
      ...leaving.metadata,
      name: "web-counter-old",
      labels,
      deletionTimestamp: new Date(0),
    };
    cluster.pods.push(leaving);
    await cluster.settle();
    expect(since()).toBeUndefined();
    cluster.pods.splice(cluster.pods.indexOf(leaving), 1);
    await cluster.settle();
    expect(since()).toBeDefined();
    expect(selector()).not.toMatchObject(first);
    expect(cluster.told("RedisReplicated")).toMatch(/^True InSync: web-redis-0 is primary/);
  });

  it("begins with three where there were no counters before", async () => {
    cluster = new FakeCluster(hitCounterWith({ redis: { replicas: 3 } }));
    await cluster.settle();
    expect(environment()).toBe("REDIS_HOSTS");
  });
});

describe("three copies of another template", () => {
  beforeEach(async () => {
    cluster.patch("HitCounter web", { spec: { redis: { replicas: 3 } } });
    cluster.copies = inSync;
    await cluster.settle();
    cluster.run();
    await cluster.settle();
    cluster.patch("StatefulSet web-redis", { status: { updateRevision: "new" } }, { status: true });
  });

  it("are replaced one at a time, the primary last, and only once another leads", async () => {
    copies("old", "old", "old");
    await cluster.turn();
    expect(deleted()).toEqual(["delete Pod web-redis-1"]);
    await cluster.turn();
    expect(deleted()).toEqual([]);
    copies("old", "new", "old");
    cluster.copies = { ...inSync, condition: "Degraded", inSync: 2 };
    await cluster.turn();
    expect(deleted()).toEqual([]);
    cluster.copies = inSync;
    await cluster.turn();
    expect(deleted()).toEqual(["delete Pod web-redis-2"]);
    copies("old", "new", "new");
    await cluster.turn();
    expect(deleted()).toEqual([]);
    cluster.copies = { ...inSync, primary: "web-redis-1", term: 16 };
    await cluster.turn();
    expect(deleted()).toEqual(["delete Pod web-redis-0"]);
  });

  it("stay while spec.paused", async () => {
    copies("old", "old", "old");
    cluster.patch("HitCounter web", { spec: { paused: true } });
    await cluster.turn();
    expect(deleted()).toEqual([]);
  });

  it("are asked for their users each, and told by which password to follow", async () => {
    copies("new", "new", "new");
    await cluster.turn();
    const { uid, users, others, masterauth } = cluster.redis ?? {};
    const named = [{ uid, users }, ...(others ?? [])].map((each) => [
      each.uid,
      each.users?.map(({ name }) => name).filter((name) => name.startsWith("web-redis-")),
    ]);
    expect(named).toEqual([0, 1, 2].map((number) => [`uid-of-web-redis-${number}`, [`web-redis-${number}`]]));
    expect(masterauth).toHaveLength(43);
  });
});

describe("volumes that three copies have left", () => {
  it("are not begun from by one of them alone", async () => {
    cluster = new FakeCluster(hitCounterWith());
    cluster.put({
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "data-web-redis-1", namespace: "demo" },
    });
    await cluster.turn();
    expect(cluster.find("StatefulSet web-redis")).toBeUndefined();
    expect(cluster.told("Degraded")).toMatch(/^True Refused: .*spec.redis.replicas must be 3/);
  });
});
