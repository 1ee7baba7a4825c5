import type { HitCounter } from "../api/hitCounter.ts";
import type { ManagedObject } from "../desired/index.ts";
import { MANAGED_BY } from "../desired/names.ts";
import { type ChildKind, childKinds } from "../kinds.ts";
import { isApiError } from "../runtime/apiError.ts";
import { applyIfChanged } from "../runtime/apply.ts";
import type { ReconcileContext } from "../runtime/controller.ts";
import { keyOf } from "../runtime/key.ts";
import { controllerOf, type KubeObject, type ResourceKind } from "../runtime/objects.ts";
import { TerminalError } from "../runtime/outcome.ts";
import type { Change } from "./news.ts";
import type { Cache, World } from "./world.ts";

/** Annotation with the hash of the object as it was last applied. */
export const APPLIED_HASH = "hitcounter.dev/applied";

/** Replicas that are left to an autoscaler stay as they were. */
const replicas = { path: ["spec", "replicas"], fieldManager: `${MANAGED_BY}-handover` };

/** Kind and name of a child, such as `Service proxy`. */
export const titleOf = ({ kind, metadata }: KubeObject) => `${kind} ${metadata?.name}`;

/** Something else has to happen first; it is worth another look without being an error. */
export class Waiting extends Error {
  override name = "Waiting";
}

/** The HitCounter is gone, or on its way out: its children go too, by garbage collection. */
export class Gone extends Error {
  override name = "Gone";
}

/** One reconcile under way, and what it did to the children so far. */
export interface Turn extends ReconcileContext {
  changes: Change[];
  /** Called before a child is made that is not there: throws Gone where it has gone along with its HitCounter. */
  beforeMaking(): Promise<void>;
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
 * A resourceVersion that no object has: the API server takes an apply that bears it where there is no such object,
 * and answers 409 where there is one.
 */
const NOT_THERE = "1";

/**
 * Makes one child as `build` makes it of the one there is, and returns it as it then is; one that already is so is not
 * written. One that the cache does not have is made without asking whether it is there, which it rarely is.
 */
export async function applyChild<T extends ManagedObject>(
  world: World,
  hitCounter: HitCounter,
  build: (live: T | undefined) => T,
  turn: Turn,
): Promise<T> {
  const unseen = build(undefined);
  const { kind, cache } = placeOf(world, unseen.kind);
  const key = keyOf(unseen);
  const cached = cache.get(key) as T | undefined;
  if (cached) return await applyTo(world, hitCounter, build(cached), cached, turn);
  await turn.beforeMaking();
  try {
    const metadata = { ...unseen.metadata, resourceVersion: NOT_THERE };
    return await applyTo(world, hitCounter, { ...unseen, metadata }, undefined, turn);
  } catch (error) {
    if (!isApiError(error, 409)) throw error;
    // It is too new for the cache, or has lost the label by which it is watched, or is somebody else's.
    const live = (await world.client.get(kind, key)) as T | undefined;
    return await applyTo(world, hitCounter, build(live), live, turn);
  }
}

async function applyTo<T extends ManagedObject>(
  world: World,
  hitCounter: HitCounter,
  desired: T,
  live: T | undefined,
  { signal, changes }: Turn,
): Promise<T> {
  const { kind, cache } = placeOf(world, desired.kind);
  const title = titleOf(desired);
  if (live) checkOwner(hitCounter, live, title);
  const options = { fieldManager: MANAGED_BY, hashAnnotation: APPLIED_HASH, keep: replicas, signal };
  const { result, object } = await world.refusals.ask(hitCounter, title, live?.metadata?.uid, () =>
    applyIfChanged(world.client, kind, desired, live, options).catch((cause: unknown) => {
      throw new Error(`applying ${title}`, { cause });
    }),
  );
  if (result === "unchanged") return object as T;
  changes.push({ child: title, result });
  return cache.record(object) as T;
}

/** Refuses to take an object that is somebody else's, and waits for one that is on its way out. */
function checkOwner(hitCounter: HitCounter, live: KubeObject, title: string): void {
  const { labels, deletionTimestamp } = live.metadata ?? {};
  const owner = controllerOf(live);
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

/** The children there are, as the caches have them. */
export function childrenOf({ children }: World, { metadata }: HitCounter): KubeObject[] {
  return Object.values(children).flatMap((cache) => cache.byIndex(metadata.uid));
}

/** Deletes the children that are no longer desired, such as a Service under its former name. */
export async function pruneChildren(
  world: World,
  hitCounter: HitCounter,
  desired: ManagedObject[],
  { signal, changes }: Turn,
): Promise<void> {
  const wanted = new Set(desired.map(titleOf));
  for (const live of childrenOf(world, hitCounter)) {
    const title = titleOf(live);
    const { uid, deletionTimestamp } = live.metadata ?? {};
    if (deletionTimestamp || !uid || wanted.has(title)) continue;
    await world.client.delete(placeOf(world, live.kind).kind, keyOf(live), {
      preconditions: { uid },
      signal,
    });
    changes.push({ child: title, result: "deleted" });
  }
}
