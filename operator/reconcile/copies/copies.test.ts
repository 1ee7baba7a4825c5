import { beforeEach, describe, expect, it } from "@jest/globals";
import type { V1Pod, V1Secret, V1StatefulSet } from "@kubernetes/client-node";
import type { HitCounter } from "../../api/hitCounter.ts";
import { derivedPassword } from "../../desired/passwords.ts";
import { redisSecret } from "../../desired/redisSecret.ts";
import type { Keeper, KeptGroup } from "../../keeper/index.ts";
import type { Key } from "../../runtime/index.ts";
import { copiesSet, copyPod, going, inSync, withCopies } from "../../testing/copies.ts";
import { hitCounterWith, inputsFor } from "../../testing/fixtures.ts";
import { type CopiesCaches, keepCopies } from "./copies.ts";

const key: Key = { namespace: "demo", name: "web" };
const replicatedSince = "2026-01-02T03:04:05.678Z";

/** A cache of one object or several, which tells of each that is put there. */
function cacheOf<T extends object>() {
  const listeners: ((object: T) => void)[] = [];
  const objects: T[] = [];
  return {
    isKnown: true,
    get: () => objects.at(-1),
    list: () => objects,
    byIndex: () => objects,
    record: (object: T) => object,
    onChange: (listener: (object: T) => void) => void listeners.push(listener),
    objects,
    put(...all: T[]) {
      objects.splice(0, objects.length, ...all);
      for (const object of all) for (const listener of listeners) listener(object);
    },
  };
}

describe("the copies that a keeper is given", () => {
  let caches: ReturnType<typeof newCaches>;
  let kept: Map<string, KeptGroup>;
  let keys: Key[];
  let stateOf: ReturnType<typeof keepCopies>["stateOf"];
  let keeperNodes: ReturnType<typeof keepCopies>["keeperNodes"];
  const newCaches = () => ({
    hitCounters: cacheOf<HitCounter>(),
    pods: cacheOf<V1Pod>(),
    operatorPods: cacheOf<V1Pod>(),
    children: { StatefulSet: cacheOf<V1StatefulSet>(), Secret: cacheOf<V1Secret>() },
  });
  const group = () => kept.get("demo/web");
  const nodes = () => group()?.group.nodes.map(({ name, id, address }) => [name, id, address]);

  beforeEach(() => {
    caches = newCaches();
    kept = new Map();
    keys = [];
    const keeper: Keeper = {
      keep: (id, group) => void kept.set(id, group),
      forget: (id) => void kept.delete(id),
      close: () => {},
    };
    const copies = keepCopies({
      caches: caches as unknown as CopiesCaches,
      keeper,
      lookUp: async (host) => (host === "web-redis-1.web-redis-pods.demo.svc" ? "fd00::7" : undefined),
    });
    copies.onKey((each) => void keys.push(each));
    ({ stateOf, keeperNodes } = copies);
    caches.children.StatefulSet.put(copiesSet());
    caches.pods.put(copyPod(0), copyPod(1));
  });

  it("are those of a HitCounter that has three, by the addresses that their pods last had", () => {
    caches.hitCounters.put(withCopies());
    const [first, second] = [
      ["web-redis-0", "uid-of-web-redis-0", "10.244.1.0:6379"],
      ["web-redis-1", "uid-of-web-redis-1", "10.244.1.1:6379"],
    ];
    expect(nodes()).toEqual([first, second, ["web-redis-2", "", undefined]]);
    caches.pods.put(copyPod(1), copyPod(2));
    expect(nodes()).toEqual([first, second, ["web-redis-2", "uid-of-web-redis-2", "10.244.1.2:6379"]]);
    const anew = { ...copyPod(0), metadata: { ...copyPod(0).metadata, uid: "another" }, status: {} };
    caches.pods.put(anew, copyPod(1), copyPod(2));
    expect(nodes()?.[0]).toEqual(["web-redis-0", "another", undefined]);
  });

  it("are looked at again when other nodes have their keepers", () => {
    caches.hitCounters.put(withCopies());
    const pod = copyPod(0);
    const on = (nodeName: string): V1Pod => ({ ...pod, spec: { nodeName, containers: [] } });
    expect(keeperNodes()).toEqual([]);
    caches.operatorPods.put(on("a"), on("b"));
    expect([keeperNodes(), keys]).toEqual([["a", "b"], [key]]);
    caches.operatorPods.put(on("b"), on("a"));
    expect(keys).toEqual([key]);
    caches.operatorPods.put(on("b"));
    expect([keeperNodes(), keys]).toEqual([["b"], [key, key]]);
    caches.hitCounters.put(hitCounterWith());
    caches.operatorPods.put(on("a"));
    expect(keys).toEqual([key, key]);
  });

  it("are none of a HitCounter that has one, is gone, or is going", () => {
    caches.hitCounters.put(hitCounterWith());
    expect(group()).toBeUndefined();
    for (const end of ["gone", "going"]) {
      caches.hitCounters.put(withCopies());
      expect(group()).toBeDefined();
      const { metadata, ...rest } = withCopies();
      const ended = { ...rest, metadata: { ...metadata, deletionTimestamp: replicatedSince } };
      caches.hitCounters.put(ended);
      expect([end, group()]).toEqual([end, undefined]);
    }
  });

  it("may begin anew until the status says that all had everything, and where a person accepts their loss", () => {
    caches.hitCounters.put(withCopies());
    expect(group()?.group).toMatchObject({ initialised: false, alone: true });
    const replicated = withCopies({ replicatedSince });
    caches.hitCounters.put(replicated);
    expect(group()?.group).toMatchObject({ initialised: true, alone: false });
    const accepting = (hits: string) => ({
      ...replicated,
      metadata: { ...replicated.metadata, annotations: { "hitcounter.dev/accept-loss-of": hits } },
    });
    caches.hitCounters.put(accepting("41"));
    expect(group()?.group.initialised).toBe(true);
    caches.hitCounters.put(accepting("42"));
    expect(group()?.group.initialised).toBe(false);
  });

  it("are spoken to by users of their own names, with the passwords that stand in the Secret then", () => {
    caches.hitCounters.put(withCopies());
    const [node] = group()?.group.nodes ?? [];
    if (!node) throw new Error("there are three");
    expect(group()?.readCredentials(node)).toBeUndefined();
    const inputs = inputsFor(withCopies());
    caches.children.Secret.put(redisSecret(inputs));
    expect(group()?.readCredentials(node)).toEqual({
      username: "web-redis-0",
      password: derivedPassword(inputs.passwords.current, "web-redis-0"),
    });
  });

  it("are looked up by the names that their pods have in DNS", async () => {
    caches.hitCounters.put(withCopies());
    const [first, second] = group()?.group.nodes ?? [];
    if (!first || !second) throw new Error("there are three");
    expect(await group()?.resolve(first)).toBeUndefined();
    expect(await group()?.resolve(second)).toBe("[fd00::7]:6379");
  });

  it("have another lead where the one that does is on its way out, or alone is left to be replaced", async () => {
    caches.hitCounters.put(withCopies({ replicatedSince }));
    expect(group()?.group.leaving).toBeUndefined();
    caches.pods.put(copyPod(0), copyPod(1), going(copyPod(2)));
    expect(group()?.group.leaving).toBe("web-redis-2");
    caches.pods.put(copyPod(0, "old"), copyPod(1), copyPod(2));
    expect(group()?.group.leaving).toBeUndefined();
    group()?.onState(inSync);
    await Promise.resolve();
    expect(group()?.group.leaving).toBe("web-redis-0");
  });

  it("tell of a pod that has no node", () => {
    caches.hitCounters.put(withCopies());
    const unplaced = { type: "PodScheduled", status: "False", reason: "Unschedulable" };
    caches.pods.put(copyPod(0), copyPod(1), { ...copyPod(2), status: { conditions: [unplaced] } });
    expect(group()?.group.tooFewNodes).toBe(true);
  });

  it("have their HitCounter looked at whenever they are otherwise, until it is gone", () => {
    caches.hitCounters.put(withCopies());
    const told = group();
    told?.onState(inSync);
    expect(stateOf(key)).toEqual(inSync);
    expect(keys).toEqual([key]);
    caches.hitCounters.put(hitCounterWith());
    told?.onState(inSync);
    expect(stateOf(key)).toBeUndefined();
    expect(keys).toEqual([key]);
  });
});
