import type {
  V1ConfigMap,
  V1Deployment,
  V1PodDisruptionBudget,
  V1Secret,
  V1Service,
  V1StatefulSet,
  V2HorizontalPodAutoscaler,
} from "@kubernetes/client-node";
import { counterAutoscaler } from "./counterAutoscaler.ts";
import { counterDeployment } from "./counterDeployment.ts";
import { counterService } from "./counterService.ts";
import { counterDisruptionBudget, proxyDisruptionBudget } from "./disruptionBudget.ts";
import type { Inputs } from "./inputs.ts";
import { proxyConfigMap } from "./proxyConfigMap.ts";
import { proxyDeployment } from "./proxyDeployment.ts";
import { proxyService } from "./proxyService.ts";
import { redisSecret } from "./redisSecret.ts";
import { redisService } from "./redisService.ts";
import { redisStatefulSet } from "./redisStatefulSet.ts";

/** Any object the operator manages. */
export type ManagedObject =
  | V1ConfigMap
  | V1Deployment
  | V1PodDisruptionBudget
  | V1Secret
  | V1Service
  | V1StatefulSet
  | V2HorizontalPodAutoscaler;

/** Every child a HitCounter should have now, in the order to apply them: what others need comes first. */
export function desiredObjects(inputs: Inputs): ManagedObject[] {
  return [
    redisSecret(inputs),
    redisService(inputs.hitCounter),
    redisStatefulSet(inputs),
    counterService(inputs.hitCounter),
    counterDeployment(inputs),
    counterAutoscaler(inputs.hitCounter),
    counterDisruptionBudget(inputs.hitCounter),
    proxyConfigMap(inputs),
    proxyDeployment(inputs),
    proxyDisruptionBudget(inputs.hitCounter),
    proxyService(inputs.hitCounter),
  ].filter((object) => object !== undefined);
}
