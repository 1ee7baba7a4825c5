import { isDeepStrictEqual } from "node:util";
import type { V1Pod, V1StatefulSet } from "@kubernetes/client-node";
import type { HitCounter } from "../../api/hitCounter.ts";
import { childName, hasCopies, redisPodsName } from "../../desired/names.ts";
import { derivedPassword, passwordsIn } from "../../desired/passwords.ts";
import type { Group, GroupState, Keeper, Node } from "../../keeper/index.ts";
import { controllerOf, type Key, keyOf, keyString, type Source, type Store } from "../../runtime/index.ts";
import type { Context } from "../context.ts";
import { instanceOf } from "../triggers.ts";
import { atRedis, groupOf } from "./group.ts";
import { keeperNodesOf } from "./keeperNodes.ts";
import { evidenceOf, leavingOf } from "./replacement.ts";

type Watched<T> = { onChange(listener: (object: T) => void): void };

/** What is watched to know the copies by. */
export interface CopiesCaches {
  readonly hitCounters: Context["hitCounters"] & Watched<HitCounter>;
  readonly pods: Context["pods"] & Watched<V1Pod>;
  readonly children: {
    readonly StatefulSet: Context["children"]["StatefulSet"] & Watched<V1StatefulSet>;
    readonly Secret: Context["children"]["Secret"];
  };
  /** The operator's own; undefined where it runs outside of the cluster. */
  readonly operatorPods: (Pick<Store<V1Pod>, "list"> & Watched<V1Pod>) | undefined;
}

/** What knowing the copies needs. */
export interface CopiesOptions {
  readonly caches: CopiesCaches;
  readonly keeper: Keeper;
  /** Finds the address of a host; undefined where it has none. */
  readonly lookUp: (host: string) => Promise<string | undefined>;
}

/** How the three copies of each HitCounter are that has three. */
export interface Copies extends Source {
  /** As this process last saw it; undefined before it has, or where there are none. */
  stateOf(key: Key): GroupState | undefined;
  /** The nodes on which pods of the operator work, which keep the copies; empty while none is known. */
  keeperNodes(): readonly string[];
}

/** An operator outside of the cluster reaches no copy, and keeps none. */
export const copiesOutOfReach: Copies = {
  synced: Promise.resolve(),
  onKey: () => {},
  stateOf: () => undefined,
  keeperNodes: () => [],
};

/**
 * Gives a keeper the copies of each HitCounter that has three, and tells of the HitCounter whenever they are otherwise. It
 * runs in every process of the operator, whichever leads: the keepers agree among themselves, by what the copies promise.
 */
export function keepCopies({ caches, keeper, lookUp }: CopiesOptions): Copies {
  const groups = new Map<string, Group>();
  const states = new Map<string, GroupState>();
  const listeners: ((key: Key) => void)[] = [];
  let nodes: readonly string[] = [];

  const update = (key: Key) => {
    const id = keyString(key);
    const hitCounter = caches.hitCounters.get(key);
    if (!hitCounter || hitCounter.metadata.deletionTimestamp || !hasCopies(hitCounter)) {
      if (groups.delete(id)) keeper.forget(id);
      states.delete(id);
      return;
    }
    const evidence = evidenceOf(caches, hitCounter, states.get(id));
    const before = groups.get(id);
    const group = groupOf(hitCounter, evidence.pods, before, leavingOf(evidence));
    if (isDeepStrictEqual(before, group)) return;
    groups.set(id, group);
    const secretName = childName(hitCounter, "redis");
    keeper.keep(id, { group, readCredentials, resolve, onState });

    function readCredentials({ name }: Node) {
      const secret = caches.children.Secret.get({ ...key, name: secretName });
      const uid = caches.hitCounters.get(key)?.metadata.uid;
      const passwords = controllerOf(secret)?.uid === uid ? passwordsIn(secret) : undefined;
      return passwords && { username: name, password: derivedPassword(passwords.current, name) };
    }
    async function resolve({ name }: Node) {
      const host = `${name}.${redisPodsName({ metadata: key })}.${key.namespace}.svc`;
      const address = await lookUp(host);
      return address && atRedis(address);
    }
    function onState(state: GroupState) {
      if (!groups.has(id)) return;
      states.set(id, state);
      for (const enqueue of listeners) enqueue(key);
      // Who should not lead may be another now; the keeper that tells is not to be told within.
      queueMicrotask(() => update(key));
    }
  };

  caches.operatorPods?.onChange(() => {
    const before = nodes;
    nodes = keeperNodesOf(caches.operatorPods?.list() ?? []);
    if (isDeepStrictEqual(before, nodes)) return;
    for (const hitCounter of caches.hitCounters.list().filter(hasCopies)) {
      for (const enqueue of listeners) enqueue(keyOf(hitCounter));
    }
  });
  caches.hitCounters.onChange((hitCounter) => update(keyOf(hitCounter)));
  caches.pods.onChange((pod) => instanceOf(pod).forEach(update));
  caches.children.StatefulSet.onChange((statefulSet) => instanceOf(statefulSet).forEach(update));
  return {
    synced: Promise.resolve(),
    onKey: (enqueue) => void listeners.push(enqueue),
    stateOf: (key) => states.get(keyString(key)),
    keeperNodes: () => nodes,
  };
}
