import type { V1PersistentVolumeClaim, V1Pod } from "@kubernetes/client-node";
import type { HitCounter } from "../../api/hitCounter.ts";
import { labels, MANAGED_BY, selectorLabels } from "../../desired/names.ts";
import { STORAGE, storageOf, volumeClaimName } from "../../desired/redisStatefulSet.ts";
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
import { asked, deleteSeen } from "./refusal.ts";

// The claim of Redis's volume. The StatefulSet makes it and never touches it again: the data's fate is the HitCounter's.

/**
 * Argo CD takes whatever bears the label app.kubernetes.io/instance for its application's of that name, and deletes what
 * Git does not hold and nobody owns (argo-cd#3050). The claim is told to be none of its business. It stands here and not
 * in the StatefulSet's template, as one that is there would have to be made anew for that.
 */
const KEPT_BY_ARGO_CD = {
  "argocd.argoproj.io/sync-options": "Prune=false,Delete=false",
  "argocd.argoproj.io/compare-options": "IgnoreExtraneous",
};

/** What every claim bears. */
const marksOf = (hitCounter: HitCounter) => ({
  labels: labels(hitCounter, "redis"),
  annotations: KEPT_BY_ARGO_CD,
});

const keyOfClaim = ({ hitCounter }: Turn) => ({
  namespace: hitCounter.metadata.namespace,
  name: volumeClaimName(hitCounter),
});

/** Why Redis must wait for its volume: it goes with a former HitCounter of the same name. */
export function formerVolume(turn: Turn): Problem | undefined {
  const claim = turn.context.volumeClaims.get(keyOfClaim(turn));
  return claim && ownerOf(turn, claim) === "former"
    ? waiting(`the volume ${claim.metadata?.name} of the former HitCounter is being deleted`)
    : undefined;
}

/** Owns the claim where the data is to go with the HitCounter, marks it, grows it, and drops one that can't be had. */
export async function keepClaim(turn: Turn): Promise<void> {
  const claim = await findClaim(turn);
  if (!claim || claim.metadata?.deletionTimestamp || ownerOf(turn, claim) === "former") return;
  const requested = claim.spec?.resources?.requests?.storage;
  if (requested === undefined) return;
  const owned = turn.hitCounter.spec.deletionPolicy === "Delete";
  const isOwned = ownerOf(turn, claim) === "us";
  const isMarked = sameAsApplied({ metadata: marksOf(turn.hitCounter) }, claim);
  if (owned !== isOwned || !isMarked) await write(turn, claim, requested);
  if (claim.status?.phase !== "Bound") await dropUnmade(turn, claim);
  else await grow(turn, claim, requested);
}

/** One that lacks the labels by which it is watched, as somebody made it by hand, is asked for once Redis runs. */
async function findClaim(turn: Turn): Promise<V1PersistentVolumeClaim | undefined> {
  const { context, hitCounter, signal } = turn;
  const cached = context.volumeClaims.get(keyOfClaim(turn));
  const ofRedis = (pod: V1Pod) => hasLabels(pod, selectorLabels(hitCounter, "redis"));
  if (cached || !context.pods.byIndex(keyString(hitCounter.metadata)).some(ofRedis)) return cached;
  return await context.client.get(volumeClaims, keyOfClaim(turn), { signal });
}

function ownerOf({ hitCounter }: Turn, { metadata }: V1PersistentVolumeClaim): "us" | "former" | undefined {
  const isNamed = ({ kind, name }: { kind: string; name: string }) =>
    kind === hitCounter.kind && name === hitCounter.metadata.name;
  const owners = metadata?.ownerReferences?.filter(isNamed) ?? [];
  if (owners.some(({ uid }) => uid === hitCounter.metadata.uid)) return "us";
  return owners.length > 0 ? "former" : undefined;
}

/** Kubernetes lets a volume grow, and lets one that did not get what it asked for ask for less again. */
async function grow(turn: Turn, claim: V1PersistentVolumeClaim, requested: string): Promise<void> {
  const wanted = String(turn.hitCounter.spec.redis.storage.size);
  const has = claim.status?.capacity?.storage ?? requested;
  if (compareQuantities(wanted, requested) === 0 || compareQuantities(wanted, has) <= 0) return;
  const written = await write(turn, claim, wanted);
  if (!written) return;
  turn.changes.push({ child: titleOf(claim), result: "updated" });
  turn.log.info(`PersistentVolumeClaim ${claim.metadata?.name} grows from ${has} to ${wanted}`);
}

/** A claim that never had a volume has no data: where spec asks for another size or class by now, it is made anew. */
async function dropUnmade(turn: Turn, claim: V1PersistentVolumeClaim): Promise<void> {
  const { metadata, spec } = claim;
  const madeFor = metadata?.annotations?.[STORAGE];
  if (spec?.volumeName || madeFor === undefined || madeFor === storageOf(turn.hitCounter)) return;
  if (await deleteSeen(turn, volumeClaims, claim))
    turn.changes.push({ child: titleOf(claim), result: "deleted" });
}

/** Applies what the operator decides of a claim. */
async function write(turn: Turn, { metadata }: V1PersistentVolumeClaim, storage: string): Promise<boolean> {
  const { context, hitCounter, signal } = turn;
  const { uid = "", name = "" } = metadata ?? {};
  const object = {
    apiVersion: volumeClaims.apiVersion,
    kind: volumeClaims.kind,
    metadata: {
      ...keyOfClaim(turn),
      uid,
      ...marksOf(hitCounter),
      ...(hitCounter.spec.deletionPolicy === "Delete" && { ownerReferences: [ownerReference(hitCounter)] }),
    },
    spec: { resources: { requests: { storage } } },
  };
  const doing = `making the volume ${name} as spec.redis.storage wants it`;
  const send = () => context.client.apply(volumeClaims, object, { fieldManager: MANAGED_BY, signal });
  const written = await asked(turn, doing, `${uid} ${storage}`, send, "VolumeNotAsWanted");
  if (written) context.volumeClaims.record(written);
  return written !== undefined;
}
