import type {
  V1ConfigMap,
  V1Deployment,
  V1PersistentVolumeClaim,
  V1Pod,
  V1PodDisruptionBudget,
  V1Secret,
  V1Service,
  V1StatefulSet,
  V2HorizontalPodAutoscaler,
} from "@kubernetes/client-node";
import { API_VERSION, type HitCounter, KIND } from "../api/hitCounter.ts";
import type { KubeObject, ResourceKind } from "../runtime/objects.ts";

const kind = <T extends KubeObject>(
  apiVersion: string,
  kindName: string,
  plural: string,
): ResourceKind<T> => ({
  apiVersion,
  kind: kindName,
  plural,
  namespaced: true,
});

export const hitCounters = kind<HitCounter>(API_VERSION, KIND, "hitcounters");

/** What the children make in turn, which is looked at. */
export const pods = kind<V1Pod>("v1", "Pod", "pods");
export const volumeClaims = kind<V1PersistentVolumeClaim>(
  "v1",
  "PersistentVolumeClaim",
  "persistentvolumeclaims",
);

/** The kinds of the children. */
export const childKinds = {
  ConfigMap: kind<V1ConfigMap>("v1", "ConfigMap", "configmaps"),
  Deployment: kind<V1Deployment>("apps/v1", "Deployment", "deployments"),
  HorizontalPodAutoscaler: kind<V2HorizontalPodAutoscaler>(
    "autoscaling/v2",
    "HorizontalPodAutoscaler",
    "horizontalpodautoscalers",
  ),
  PodDisruptionBudget: kind<V1PodDisruptionBudget>(
    "policy/v1",
    "PodDisruptionBudget",
    "poddisruptionbudgets",
  ),
  Secret: kind<V1Secret>("v1", "Secret", "secrets"),
  Service: kind<V1Service>("v1", "Service", "services"),
  StatefulSet: kind<V1StatefulSet>("apps/v1", "StatefulSet", "statefulsets"),
};

/** Name of a child's kind. */
export type ChildKind = keyof typeof childKinds;

/** The type of a child by the name of its kind. */
export interface ChildTypes {
  ConfigMap: V1ConfigMap;
  Deployment: V1Deployment;
  HorizontalPodAutoscaler: V2HorizontalPodAutoscaler;
  PodDisruptionBudget: V1PodDisruptionBudget;
  Secret: V1Secret;
  Service: V1Service;
  StatefulSet: V1StatefulSet;
}
