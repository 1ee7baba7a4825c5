import type { V1PersistentVolumeClaim, V1Pod } from "@kubernetes/client-node";
import type { HitCounter } from "../../api/hitCounter.ts";
import { backupClaim, STORAGE, type Storage, storageOf } from "../../desired/claim.ts";
import {
  type Component,
  childName,
  hasCopies,
  labels,
  MANAGED_BY,
  selectorLabels,
} from "../../desired/names.ts";
import { volumeClaimNames } from "../../desired/redisStatefulSet.ts";
import { volumeClaims } from "../../kinds.ts";
import {
  compareQuantities,
  hasLabels,
  keyString,
  ownerReference,
  sameAsApplied,
} from "../../runtime/index.ts";
import { type Problem, waiting } from "../problem.ts";
import { type Turn, titleOf } from "../turn.ts";
import { NOT_THERE } from "./child.ts";
import { ANEW, asked, deleteSeen } from "./refusal.ts";

// The claims of the volumes. That of Redis the StatefulSet makes and never touches again: the data's fate is the
// HitCounter's. That of backups is made here, and is nobody's.

/**
 * Argo CD takes whatever bears the label app.kubernetes.io/instance for its application's of that name, and deletes what
 * Git does not hold and nobody owns (argo-cd#3050). The claim is told to be none of its business. It stands here and not
 * in the StatefulSet's template, as one that is there would have to be made anew for that.
 */
const KEPT_BY_ARGO_CD = {
  "argocd.argoproj.io/sync-options": "Prune=false,Delete=false",
  "argocd.argoproj.io/compare-options": "IgnoreExtraneous",
};

/** A volume that is kept as spec wants it. */
interface Volume {
  readonly component: Extract<Component, "redis" | "backup">;
  /** Name of its claim. */
  readonly name: string;
  /** What it is to be, and where spec says so. */
  readonly storage: Storage;
  readonly field: string;
  /** Whether it goes with the HitCounter. */
  readonly owned: boolean;
}

const volumesOfRedis = (hitCounter: HitCounter): readonly Volume[] =>
  volumeClaimNames(hitCounter).map((name) => ({
    component: "redis",
    name,
    storage: hitCounter.spec.redis.storage,
    field: "spec.redis.storage",
    owned: hitCounter.spec.deletionPolicy === "Delete",
  }));

const volumeOfBackups = (hitCounter: HitCounter, storage: Storage): Volume => ({
  component: "backup",
  name: childName(hitCounter, "backup"),
  storage,
  field: "spec.backup.storage",
  owned: false,
});

/** What every claim bears. */
const marksOf = ({ hitCounter }: Turn, { component }: Volume) => ({
  labels: labels(hitCounter, component),
  annotations: KEPT_BY_ARGO_CD,
});

const keyOfClaim = ({ hitCounter }: Turn, { name }: Volume) => ({
  namespace: hitCounter.metadata.namespace,
  name,
});

/**
 * Why Redis must wait for its volume: it goes with a former HitCounter of the same name, or is one of three that a former
 * one has left, of which any may be the one that has everything.
 */
export function formerVolume(turn: Turn): Problem | undefined {
  const left = volumesLeftByCopies(turn);
  if (left.length > 0) {
    const message =
      `the volumes of three copies of Redis are there, one of which alone may lack hits: spec.redis.replicas must be 3. To go ` +
      `on with the first as it is, delete the claims ${left.join(" and ")}`;
    return { kind: "refused", reason: "Refused", message, lookAgainMs: 10_000 };
  }
  const claim = volumesOfRedis(turn.hitCounter)
    .map((volume) => turn.context.volumeClaims.get(keyOfClaim(turn, volume)))
    .find((each) => each && ownerOf(turn, each) === "former");
  return claim
    ? waiting(`the volume ${claim.metadata?.name} of the former HitCounter is being deleted`)
    : undefined;
}

/** Names of the claims of the other two of three copies, where spec wants one. */
function volumesLeftByCopies(turn: Turn): string[] {
  const { hitCounter, context } = turn;
  if (hasCopies(hitCounter)) return [];
  const names = volumeClaimNames(hitCounter, 3).slice(1);
  const { namespace } = hitCounter.metadata;
  return names.filter((name) => context.volumeClaims.get({ namespace, name }) !== undefined);
}

/** Keeps the claims as spec wants them, and makes that of backups. */
export async function keepClaims(turn: Turn): Promise<void> {
  for (const volume of volumesOfRedis(turn.hitCounter))
    await keep(turn, volume, await findClaim(turn, volume));
  const { backup } = turn.hitCounter.spec;
  if (!backup) return;
  const backups = volumeOfBackups(turn.hitCounter, backup.storage);
  await keep(turn, backups, (await findClaim(turn, backups)) ?? (await make(turn, backups)));
}

/** Owns the claim where the data is to go with the HitCounter, marks it, grows it, and drops one that can't be had. */
async function keep(turn: Turn, volume: Volume, claim: V1PersistentVolumeClaim | undefined): Promise<void> {
  if (!claim || claim.metadata?.deletionTimestamp || ownerOf(turn, claim) === "former") return;
  const requested = claim.spec?.resources?.requests?.storage;
  if (requested === undefined) return;
  const isOwned = ownerOf(turn, claim) === "us";
  const isMarked = sameAsApplied({ metadata: marksOf(turn, volume) }, claim);
  if (volume.owned !== isOwned || !isMarked) await write(turn, volume, claim, requested);
  if (claim.status?.phase !== "Bound") await dropUnmade(turn, volume, claim);
  else await grow(turn, volume, claim, requested);
}

/** One that lacks the labels by which it is watched, as somebody made it by hand, is asked for once its pod runs. */
async function findClaim(turn: Turn, volume: Volume): Promise<V1PersistentVolumeClaim | undefined> {
  const { context, hitCounter, signal } = turn;
  const cached = context.volumeClaims.get(keyOfClaim(turn, volume));
  const isUsers = (pod: V1Pod) =>
    hasLabels(pod, selectorLabels(hitCounter, volume.component)) &&
    (volume.component !== "redis" || volume.name.endsWith(`-${pod.metadata?.name}`));
  if (cached || !context.pods.byIndex(keyString(hitCounter.metadata)).some(isUsers)) return cached;
  return await context.client.get(volumeClaims, keyOfClaim(turn, volume), { signal });
}

/** Makes the claim of backups, or finds one that lacks the labels by which it is watched. */
async function make(turn: Turn, volume: Volume): Promise<V1PersistentVolumeClaim | undefined> {
  const { context, hitCounter, problems, signal } = turn;
  if (!(await turn.stillThere())) return undefined;
  const before = problems.length;
  const object = backupClaim(hitCounter, volume.storage);
  const metadata = { ...object.metadata, resourceVersion: NOT_THERE };
  // What can't be changed later is of a field manager that says it once.
  const options = { fieldManager: `${MANAGED_BY}-volume`, signal };
  const send = () => context.client.apply(volumeClaims, { ...object, metadata }, options);
  const made = await asked(turn, `applying ${titleOf(object)}`, storageOf(volume.storage), send);
  if (made) {
    turn.changes.push({ child: titleOf(object), result: "created" });
    return context.volumeClaims.record(made);
  }
  if (problems[before]?.reason !== ANEW) return undefined;
  problems.length = before;
  return await context.client.get(volumeClaims, keyOfClaim(turn, volume), { signal });
}

function ownerOf({ hitCounter }: Turn, { metadata }: V1PersistentVolumeClaim): "us" | "former" | undefined {
  const isNamed = ({ kind, name }: { kind: string; name: string }) =>
    kind === hitCounter.kind && name === hitCounter.metadata.name;
  const owners = metadata?.ownerReferences?.filter(isNamed) ?? [];
  if (owners.some(({ uid }) => uid === hitCounter.metadata.uid)) return "us";
  return owners.length > 0 ? "former" : undefined;
}

/** Kubernetes lets a volume grow, and lets one that did not get what it asked for ask for less again. */
async function grow(
  turn: Turn,
  volume: Volume,
  claim: V1PersistentVolumeClaim,
  requested: string,
): Promise<void> {
  const wanted = String(volume.storage.size);
  const has = claim.status?.capacity?.storage ?? requested;
  if (compareQuantities(wanted, requested) === 0 || compareQuantities(wanted, has) <= 0) return;
  const written = await write(turn, volume, claim, wanted);
  if (!written) return;
  turn.changes.push({ child: titleOf(claim), result: "updated" });
  turn.log.info(`PersistentVolumeClaim ${claim.metadata?.name} grows from ${has} to ${wanted}`);
}

/** A claim that never had a volume has no data: where spec asks for another size or class by now, it is made anew. */
async function dropUnmade(turn: Turn, volume: Volume, claim: V1PersistentVolumeClaim): Promise<void> {
  const { metadata, spec } = claim;
  const madeFor = metadata?.annotations?.[STORAGE];
  if (spec?.volumeName || madeFor === undefined || madeFor === storageOf(volume.storage)) return;
  if (await deleteSeen(turn, volumeClaims, claim))
    turn.changes.push({ child: titleOf(claim), result: "deleted" });
}

/** Applies what the operator decides of a claim. */
async function write(
  turn: Turn,
  volume: Volume,
  { metadata }: V1PersistentVolumeClaim,
  storage: string,
): Promise<boolean> {
  const { context, hitCounter, signal } = turn;
  const { uid = "", name = "" } = metadata ?? {};
  const object = {
    apiVersion: volumeClaims.apiVersion,
    kind: volumeClaims.kind,
    metadata: {
      ...keyOfClaim(turn, volume),
      uid,
      ...marksOf(turn, volume),
      ...(volume.owned && { ownerReferences: [ownerReference(hitCounter)] }),
    },
    spec: { resources: { requests: { storage } } },
  };
  const doing = `making the volume ${name} as ${volume.field} wants it`;
  const send = () => context.client.apply(volumeClaims, object, { fieldManager: MANAGED_BY, signal });
  const written = await asked(turn, doing, `${uid} ${storage}`, send, "VolumeNotAsWanted");
  if (written) context.volumeClaims.record(written);
  return written !== undefined;
}
