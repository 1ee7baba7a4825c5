import type { HitCounter } from "../api/hitCounter.ts";
import type { ManagedObject } from "../desired/index.ts";
import { MANAGED_BY } from "../desired/names.ts";
import { applyIfChanged } from "../runtime/apply.ts";
import type { ReconcileContext } from "../runtime/controller.ts";
import { type Key, keyOf } from "../runtime/key.ts";
import type { KubeObject, ResourceKind } from "../runtime/objects.ts";
import { TerminalError } from "../runtime/outcome.ts";
import { type ChildKind, childKinds } from "./kinds.ts";
import type { Change } from "./news.ts";
import type { Cache, World } from "./world.ts";

/** Annotation with the hash of the object as it was last applied. */
export const APPLIED_HASH = "hitcounter.dev/applied";

/** Replicas that are left to an autoscaler stay as they were. */
const replicas = { path: ["spec", "replicas"], fieldManager: `${MANAGED_BY}-handover` };

/** Something else has to happen first; it is worth another look without being an error. */
export class Waiting extends Error {
  override name = "Waiting";
}

/** One reconcile under way, and what it did to the children so far. */
export interface Turn extends ReconcileContext {
  changes: Change[];
}

/** The kind and cache of a child. A child's own type is lost here, as every kind is treated alike. */
function placeOf(
  world: World,
  kindName: string | undefined,
): { kind: ResourceKind; cache: Cache<KubeObject> } {
  if (!kindName || !(kindName in childKinds)) throw new Error(`${kindName} is no kind of child`);
  const name = kindName as ChildKind;
  return { kind: childKinds[name] as ResourceKind, cache: world.children[name] as Cache<KubeObject> };
}

/**
 * The child as it is. One that the cache does not have is asked for: it may be too new for the cache, or have lost
 * the label by which it is watched.
 */
export async function liveChild<K extends ChildKind>(world: World, kindName: K, key: Key) {
  const { kind, cache } = placeOf(world, kindName);
  const live = cache.get(key) ?? (await world.client.get(kind, key));
  return live as ReturnType<World["children"][K]["get"]>;
}

/** Makes one child as desired and returns it as it then is; one that already is so is not written. */
export async function applyChild<T extends ManagedObject>(
  world: World,
  hitCounter: HitCounter,
  desired: T,
  { log, signal, changes }: Turn,
): Promise<T> {
  const { kind, cache } = placeOf(world, desired.kind);
  const key = keyOf(desired);
  const title = `${desired.kind} ${key.name}`;
  const live = await liveChild(world, desired.kind as ChildKind, key);
  if (live) checkOwner(hitCounter, live, title);
  const { result, object } = await applyIfChanged(world.client, kind, desired, live, {
    fieldManager: MANAGED_BY,
    hashAnnotation: APPLIED_HASH,
    keep: replicas,
    signal,
  }).catch((cause: unknown) => {
    throw new Error(`applying ${title}`, { cause });
  });
  if (result !== "unchanged") {
    cache.record(object);
    changes.push({ child: title, result });
    log.info(`${title} ${result}`);
  }
  return object as T;
}

/** Refuses to take an object that is somebody else's, and waits for one that is on its way out. */
function checkOwner(hitCounter: HitCounter, live: KubeObject, title: string): void {
  const { ownerReferences, labels, deletionTimestamp } = live.metadata ?? {};
  const owner = ownerReferences?.find((reference) => reference.controller);
  const ours = owner?.uid === hitCounter.metadata.uid;
  const leftBehind = owner?.kind === hitCounter.kind && owner.name === hitCounter.metadata.name;
  const orphaned =
    !owner &&
    labels?.["app.kubernetes.io/managed-by"] === MANAGED_BY &&
    labels["app.kubernetes.io/instance"] === hitCounter.metadata.name;
  if (!ours && !leftBehind && !orphaned) {
    const holder = owner ? `belongs to ${owner.kind} ${owner.name}` : "was not made by this operator";
    throw new TerminalError(`${title} exists and ${holder}: rename one of the two`);
  }
  if (deletionTimestamp || (leftBehind && !ours)) throw new Waiting(`${title} is being deleted`);
}

/** Deletes the children that are no longer desired, such as a Service under its former name. */
export async function pruneChildren(
  world: World,
  hitCounter: HitCounter,
  desired: ManagedObject[],
  { log, signal, changes }: Turn,
): Promise<void> {
  const wanted = new Set(desired.map((object) => `${object.kind}/${object.metadata?.name}`));
  for (const kindName of Object.keys(childKinds)) {
    const { kind, cache } = placeOf(world, kindName);
    for (const live of cache.list(hitCounter.metadata.namespace)) {
      const { name, uid, ownerReferences, deletionTimestamp } = live.metadata ?? {};
      const ours = ownerReferences?.some(
        (owner) => owner.controller && owner.uid === hitCounter.metadata.uid,
      );
      if (!ours || deletionTimestamp || !uid || wanted.has(`${kindName}/${name}`)) continue;
      await world.client.delete(kind, keyOf(live), { preconditions: { uid }, signal });
      changes.push({ child: `${kindName} ${name}`, result: "deleted" });
      log.info(`${kindName} ${name} deleted: no longer wanted`);
    }
  }
}
