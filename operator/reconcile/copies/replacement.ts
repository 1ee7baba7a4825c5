import type { V1Pod, V1StatefulSet } from "@kubernetes/client-node";
import type { HitCounter } from "../../api/hitCounter.ts";
import type { GroupState } from "../../keeper/index.ts";
import { isStaying } from "../look/podTrouble.ts";
import { type RedisCaches, redisPodsOf } from "../look/redisPods.ts";
import { isReady } from "../look/rollout.ts";

/** What decides which copy is replaced next. */
export interface ReplacementEvidence {
  readonly hitCounter: HitCounter;
  readonly statefulSet: V1StatefulSet | undefined;
  /** The pods of Redis. */
  readonly pods: readonly V1Pod[];
  /** How the copies are, as the keeper of this process has it. */
  readonly state: GroupState | undefined;
}

/** What decides it now, by what is watched, and by the keeper's word. */
export const evidenceOf = (
  caches: RedisCaches,
  hitCounter: HitCounter,
  state: GroupState | undefined,
): ReplacementEvidence => ({ hitCounter, ...redisPodsOf(caches, hitCounter), state });

/** The label by which a StatefulSet says from which template a pod is. */
const REVISION = "controller-revision-hash";

/**
 * The pod of Redis that is to be replaced by one of the newest template: one at a time, while all three have everything on
 * disk, and the primary's last, which has to hand over first. Undefined while none is, or before there is nobody left who
 * knows but one copy.
 */
export function nextToReplace({
  hitCounter,
  statefulSet,
  pods,
  state,
}: ReplacementEvidence): string | undefined {
  const { metadata, status, spec } = statefulSet ?? {};
  const isCurrent = (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 1);
  const { updateRevision } = status ?? {};
  if (hitCounter.spec.paused || !isCurrent || updateRevision === undefined) return undefined;
  if (state?.condition !== "InSync" || hitCounter.status?.redis?.replicatedSince === undefined)
    return undefined;
  if (pods.length !== spec?.replicas || !pods.every((pod) => isStaying(pod) && isReady(pod)))
    return undefined;
  const outdated = pods
    .filter((pod) => pod.metadata?.labels?.[REVISION] !== updateRevision)
    .map((pod) => pod.metadata?.name)
    .sort();
  return outdated.find((name) => name !== state.primary) ?? outdated[0];
}

/**
 * The pod that should not lead, as it is on its way out or is to be replaced: every keeper finds this by itself, and one of
 * them has another lead.
 */
export function leavingOf(evidence: ReplacementEvidence): string | undefined {
  const { pods, state } = evidence;
  const going = pods.filter((pod) => !isStaying(pod)).map((pod) => pod.metadata?.name);
  if (going.length > 0) return going.find((name) => name === state?.primary) ?? going[0];
  const next = nextToReplace(evidence);
  return next === state?.primary ? next : undefined;
}
