import type { V1Pod } from "@kubernetes/client-node";
import type { HitCounter } from "../../api/hitCounter.ts";
import { hostInUrl } from "../../desired/hostInUrl.ts";
import { acceptedLossOf, redisPodNames } from "../../desired/names.ts";
import { REDIS_PORT } from "../../desired/services.ts";
import type { Group, Node } from "../../keeper/index.ts";
import { conditionOf } from "../../runtime/index.ts";
import { isStaying } from "../look/podTrouble.ts";

/** An address and the port of Redis, as keepers take it. */
export const atRedis = (address: string) => `${hostInUrl(address)}:${REDIS_PORT}`;

/**
 * The three copies of a HitCounter as its keepers are to see them. Of a pod that is gone the last address stays, until the
 * next of its name has one: another that has it by then lets nobody in by this name.
 */
export function groupOf(
  hitCounter: HitCounter,
  pods: readonly V1Pod[],
  before: Group | undefined,
  leaving: string | undefined,
): Group {
  const nodes = redisPodNames(hitCounter).map((name): Node => {
    const pod = pods.find(({ metadata }) => metadata?.name === name);
    const known = before?.nodes.find((node) => node.name === name);
    if (!pod) return known ?? { name, id: "", address: undefined };
    const { uid = "" } = pod.metadata ?? {};
    const address = pod.status?.podIP && atRedis(pod.status.podIP);
    return { name, id: uid, address: address ?? (known?.id === uid ? known.address : undefined) };
  });
  const alone = hitCounter.status?.redis?.replicatedSince === undefined;
  const tooFewNodes = pods.some(isUnplaceable);
  return { nodes, initialised: isInitialised(hitCounter), alone, tooFewNodes, leaving };
}

/** Whether there has been data that must not be begun anew; not where a person has accepted that it is lost. */
const isInitialised = (hitCounter: HitCounter) => {
  const { redis, hits } = hitCounter.status ?? {};
  return redis?.replicatedSince !== undefined && acceptedLossOf(hitCounter) !== String(hits);
};

const isUnplaceable = (pod: V1Pod) => {
  const placed = conditionOf(pod.status, "PodScheduled");
  return isStaying(pod) && placed?.status === "False" && placed.reason === "Unschedulable";
};
