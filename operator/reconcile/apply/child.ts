import type { HitCounter } from "../../api/hitCounter.ts";
import type { ManagedObject } from "../../desired/index.ts";
import { MANAGED_BY } from "../../desired/names.ts";
import { applyIfChanged, controllerOf, type KubeObject, keyOf } from "../../runtime/index.ts";
import type { Memory } from "../memory.ts";
import { type Problem, waiting } from "../problem.ts";
import { type Turn, titleOf } from "../turn.ts";
import { isContested, noteRepair } from "./contest.ts";
import { APPLIED_HASH, placeOf, WHOLE_FIELDS } from "./managed.ts";
import { ANEW, asked } from "./refusal.ts";
import { isRemade } from "./remake.ts";

/** Replicas that are left to an autoscaler stay as they were. */
const replicas = { path: ["spec", "replicas"], fieldManager: `${MANAGED_BY}-handover` };

/** How long admission is taken to be as it was, in milliseconds. */
const ADMISSION_MS = 540_000;

/**
 * A resourceVersion that no object has: the API server takes an apply that bears it where there is no such object,
 * and answers 409 where there is one.
 */
export const NOT_THERE = "1";

/**
 * Makes one child as desired and returns it as it then is; one that already is so is not written. Returns undefined where
 * it could not be made so: why is among the turn's problems. One that the cache does not have is made without asking
 * whether it is there, which it rarely is.
 */
export async function applyChild<T extends ManagedObject>(turn: Turn, desired: T): Promise<T | undefined> {
  const { kind, cache } = placeOf(turn.context, desired.kind);
  const key = keyOf(desired);
  const cached = cache.get(key) as T | undefined;
  if (cached) return await applyTo(turn, desired, cached);
  if (!(await turn.stillThere())) return undefined;
  const problems = turn.problems.length;
  const metadata = { ...desired.metadata, resourceVersion: NOT_THERE };
  const made = await applyTo(turn, { ...desired, metadata }, undefined);
  if (turn.problems[problems]?.reason !== ANEW) return made;
  // It is too new for the cache, or has lost the label by which it is watched, or is somebody else's.
  turn.problems.length = problems;
  const live = (await turn.context.client.get(kind, key, { signal: turn.signal })) as T | undefined;
  return live && (await applyTo(turn, desired, live));
}

async function applyTo<T extends ManagedObject>(
  turn: Turn,
  desired: T,
  live: T | undefined,
): Promise<T | undefined> {
  const { context, hitCounter, memory, signal } = turn;
  const { kind, cache } = placeOf(context, desired.kind);
  const title = titleOf(desired);
  const now = context.now().getTime();
  const problem = live && foreign(hitCounter, live, title);
  if (problem) turn.problems.push(problem);
  if (problem || (live && (await isRemade(turn, desired, live)))) return undefined;
  if (live && (await isContested(turn, desired, live))) return live;
  const options = {
    fieldManager: MANAGED_BY,
    hashAnnotation: APPLIED_HASH,
    keep: replicas,
    wholeFields: WHOLE_FIELDS,
    altered: alteredBefore(memory, title, now),
    signal,
  };
  const applied = await asked(turn, `applying ${title}`, versionOf(live), () =>
    applyIfChanged(context.client, kind, desired, live, options),
  );
  if (!applied) return undefined;
  const { result, object, altered } = applied;
  if (altered.length > 0) memory.admission.set(title, { altered, at: now });
  else memory.admission.delete(title);
  if (result === "unchanged") return object as T;
  turn.changes.push({ child: title, result: memory.remade.delete(title) ? "updated" : result });
  if (result === "repaired") noteRepair(turn, desired, applied.drift);
  return cache.record(object) as T;
}

/** What admission is known to make of a child, so that it is not sent again for that; but now and then, as it may go. */
function alteredBefore({ admission }: Memory, title: string, now: number) {
  const known = admission.get(title);
  return known && now - known.at < ADMISSION_MS ? known.altered : [];
}

/** What of a child decides whether the same request would be answered the same: its status does not. */
const versionOf = (live: KubeObject | undefined) =>
  `${live?.metadata?.uid} ${live?.metadata?.generation ?? live?.metadata?.resourceVersion}`;

/** Why an object can't be taken that is somebody else's, or on its way out. */
function foreign(hitCounter: HitCounter, live: KubeObject, title: string): Problem | undefined {
  const { labels, deletionTimestamp, finalizers } = live.metadata as KubeObject["metadata"] & {
    finalizers?: string[];
  };
  const owner = controllerOf(live);
  const ours = owner?.uid === hitCounter.metadata.uid;
  const leftBehind = owner?.kind === hitCounter.kind && owner.name === hitCounter.metadata.name;
  const orphaned =
    !owner &&
    labels?.["app.kubernetes.io/managed-by"] === MANAGED_BY &&
    labels["app.kubernetes.io/instance"] === hitCounter.metadata.name;
  if (!ours && !leftBehind && !orphaned) {
    const holder = owner ? `belongs to ${owner.kind} ${owner.name}` : "was not made by this operator";
    const message = `${title} exists and ${holder}: rename one of the two`;
    return { kind: "refused", reason: "Refused", message, lookAgainMs: 10_000 };
  }
  if (!deletionTimestamp && (ours || !leftBehind)) return undefined;
  // Kubernetes' own have no domain, and are done with soon.
  const holders = finalizers?.filter((name) => name.includes("/")) ?? [];
  const held =
    holders.length > 0
      ? `, held by its finalizers ${holders.join(", ")}: whoever set them has to let it go`
      : "";
  return waiting(`${title} is being deleted${held}`);
}
