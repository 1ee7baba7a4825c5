import { shortHash } from "../../desired/hash.ts";
import { desiredObjects, type ManagedObject } from "../../desired/index.ts";
import type { Inputs } from "../../desired/inputs.ts";
import { isAutoscaled } from "../../desired/replicas.ts";
import { type KubeObject, keyOf } from "../../runtime/index.ts";
import type { Context } from "../context.ts";
import { type Turn, titleOf } from "../turn.ts";
import { applyChild } from "./child.ts";
import { formerVolume, keepClaims } from "./claim.ts";
import { goingPods } from "./goingPods.ts";
import { placeOf } from "./managed.ts";
import { deleteSeen } from "./refusal.ts";

/** Makes every child as it is desired, each on its own, and deletes what is no longer wanted; nothing where that is done. */
export async function apply(turn: Turn, inputs: Inputs): Promise<void> {
  const { hitCounter, memory, changes, problems } = turn;
  await keepClaims(turn);
  const intent = intentOf(inputs);
  if (problems.length === 0 && isSettled(turn, intent)) return;
  const desired = desiredObjects(inputs);
  const objects = new Set<unknown>();
  for (const object of desired) {
    const former = object.kind === "StatefulSet" ? (formerVolume(turn) ?? goingPods(turn)) : undefined;
    if (former) problems.push(former);
    else if (!lacksAddress(turn, inputs, object)) objects.add(await applyChild(turn, object));
  }
  await prune(turn, desired);
  // What was written is, by the API server's own answer, as it should be, and need not be compared once more, unless
  // somebody has changed it since. Only replicas that an autoscaler is to go on from are left to it at the next look.
  const isDone = problems.length === 0 && memory.admission.size === 0;
  if (isDone && (changes.length === 0 || !isAutoscaled(hitCounter))) memory.settled = { intent, objects };
}

/** All that decides how the children should be: for each there is a field, or a child in the cache. */
const intentOf = ({ hitCounter: { metadata }, ...inputs }: Inputs) =>
  JSON.stringify([
    metadata.generation,
    metadata.labels,
    metadata.annotations,
    inputs.settings,
    inputs.healthySettings,
    shortHash(JSON.stringify(inputs.passwords)),
    Object.keys(inputs.salts ?? {}),
    inputs.tls && shortHash(JSON.stringify(inputs.tls)),
    inputs.counterAddress,
    inputs.proxyAddresses,
    inputs.replication,
    inputs.knowsServiceMonitors,
  ]);

function isSettled({ context, hitCounter, memory: { settled } }: Turn, intent: string): boolean {
  if (settled?.intent !== intent) return false;
  const children = childrenOf(context, { hitCounter });
  return children.length === settled.objects.size && children.every((child) => settled.objects.has(child));
}

/** The children there are, as the caches have them. */
const childrenOf = ({ children }: Context, { hitCounter }: Pick<Turn, "hitCounter">): KubeObject[] =>
  Object.values(children).flatMap((cache): KubeObject[] => cache.byIndex(hitCounter.metadata.uid));

/**
 * Whether an object waits for the address of the counters' Service, or is that Service and not there: who finds the address
 * makes it, with the one that the proxies know. It may also have been deleted since it was found.
 */
function lacksAddress({ context }: Turn, { counterAddress }: Inputs, object: ManagedObject): boolean {
  const component = object.metadata?.labels?.["app.kubernetes.io/component"];
  if (object.kind === "Service" && component === "counter")
    return counterAddress === "" || !context.children.Service.get(keyOf(object));
  const needsIt = object.kind === "ConfigMap" || (object.kind === "Deployment" && component === "proxy");
  return counterAddress === "" && needsIt;
}

/** Deletes what is no longer desired, such as a Service under its former name, once all of its kind that is desired is there. */
async function prune(turn: Turn, desired: ManagedObject[]): Promise<void> {
  const { context, memory } = turn;
  const wanted = new Set(desired.map(titleOf));
  // What was deleted and is in the cache still, as the watch has not told so yet.
  const deleted = new Set<string>();
  const missing = desired.filter((object) => !placeOf(context, object.kind).cache.get(keyOf(object)));
  for (const live of childrenOf(context, turn)) {
    const { uid, deletionTimestamp } = live.metadata ?? {};
    const title = titleOf(live);
    if (deletionTimestamp || !uid || wanted.has(title)) continue;
    if (missing.some(({ kind }) => kind === live.kind)) continue;
    deleted.add(uid);
    if (memory.deleted.has(uid)) continue;
    if (await deleteSeen(turn, placeOf(context, live.kind).kind, live))
      turn.changes.push({ child: title, result: "deleted" });
    else deleted.delete(uid);
  }
  memory.deleted = deleted;
}
