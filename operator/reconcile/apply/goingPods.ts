import { controllerOf } from "../../runtime/index.ts";
import { isStaying, timeOf } from "../look/podTrouble.ts";
import { redisPodsOf } from "../look/redisPods.ts";
import { type Problem, waiting } from "../problem.ts";
import type { Turn } from "../turn.ts";

/** For how long beyond its grace (ms) a pod is waited for that goes: its node may be lost, and then it stays. */
const BEYOND_GRACE_MS = 5_000;

/**
 * Why the StatefulSet of Redis is not made yet: a pod of the one before is still going. Its controller would find the
 * pod's name taken, and try again later and later: minutes, for a pod that takes seconds to go.
 */
export function goingPods({
  context,
  hitCounter,
}: Pick<Turn, "context" | "hitCounter">): Problem | undefined {
  const { statefulSet, pods } = redisPodsOf(context, hitCounter);
  if (controllerOf(statefulSet)?.uid === hitCounter.metadata.uid) return undefined;
  const isAwaited = (deletedAt: string | Date | undefined) =>
    context.now().getTime() < (timeOf(deletedAt) ?? 0) + BEYOND_GRACE_MS;
  const going = pods.find((pod) => !isStaying(pod) && isAwaited(pod.metadata?.deletionTimestamp));
  return going && waiting(`pod ${going.metadata?.name} of the Redis before is on its way out`);
}
