import type { V1Pod, V1StatefulSet } from "@kubernetes/client-node";
import type { HitCounter } from "../../api/hitCounter.ts";
import { childName, selectorLabels } from "../../desired/names.ts";
import { hasLabels, keyOf, keyString } from "../../runtime/index.ts";
import type { Context } from "../context.ts";

/** Where the pods of Redis and their StatefulSet are found. */
export interface RedisCaches {
  readonly pods: Context["pods"];
  readonly children: Pick<Context["children"], "StatefulSet">;
}

/** The pods of Redis, those on their way out too, and their StatefulSet: of whichever HitCounter of this name. */
export function redisPodsOf(
  { pods, children }: RedisCaches,
  hitCounter: HitCounter,
): { statefulSet: V1StatefulSet | undefined; pods: readonly V1Pod[] } {
  const key = keyOf(hitCounter);
  const ofRedis = selectorLabels(hitCounter, "redis");
  return {
    statefulSet: children.StatefulSet.get({ ...key, name: childName(hitCounter, "redis") }),
    pods: pods.byIndex(keyString(key)).filter((pod) => hasLabels(pod, ofRedis)),
  };
}
