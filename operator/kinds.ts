import type {
  CoreV1Event,
  EventsV1Event,
  V1ConfigMap,
  V1ControllerRevision,
  V1Deployment,
  V1PersistentVolumeClaim,
  V1Pod,
  V1PodDisruptionBudget,
  V1Secret,
  V1Service,
  V1StatefulSet,
  V2HorizontalPodAutoscaler,
} from "@kubernetes/client-node";
import { API_VERSION, type HitCounter, KIND } from "./api/hitCounter.ts";
import type { KubeObject, ResourceKind } from "./runtime/index.ts";

/** What the operator may do with a kind, and why: it stands in the role files, which `npm run generate` writes. */
export interface Right {
  readonly verbs: readonly ("get" | "list" | "watch" | "create" | "patch" | "delete" | "update")[];
  readonly why: string;
}

/** A row of the table. */
export interface Row<T extends KubeObject = KubeObject> extends ResourceKind<T>, Right {
  /** Some clusters do not know it: it is looked for now and then, and holds up nothing. */
  readonly optional?: true;
  /** Rights to parts of its objects, by the name of the subresource. */
  readonly subresources?: Readonly<Record<string, Right>>;
}

const row = <T extends KubeObject>(
  apiVersion: string,
  kind: string,
  plural: string,
  rights: Pick<Row, "verbs" | "why" | "subresources">,
): Row<T> => ({ apiVersion, kind, plural, namespaced: true, ...rights });

const WATCHED = ["get", "list", "watch"] as const;
/** Server-side apply needs create for what is new and patch for what is there. */
const APPLIED = [...WATCHED, "create", "patch", "delete"] as const;
/** The one table of kinds, by what they are to the operator: caches, types and both role files come from it. */
export const kinds = {
  hitCounter: {
    HitCounter: row<HitCounter>(API_VERSION, KIND, "hitcounters", {
      verbs: WATCHED,
      why: "What users ask for.",
      subresources: {
        status: { verbs: ["get", "patch"], why: "What became of it." },
        finalizers: {
          verbs: ["update"],
          why: "Kubernetes asks for this of whoever sets an owner reference that blocks the owner's deletion.",
        },
      },
    }),
  },
  child: {
    ConfigMap: row<V1ConfigMap>("v1", "ConfigMap", "configmaps", {
      verbs: APPLIED,
      why: "The proxy's nginx.conf.",
    }),
    ControllerRevision: row<V1ControllerRevision>("apps/v1", "ControllerRevision", "controllerrevisions", {
      verbs: APPLIED,
      why: "What was healthy last, to go back to.",
    }),
    Deployment: row<V1Deployment>("apps/v1", "Deployment", "deployments", {
      verbs: APPLIED,
      why: "The counters and the proxies.",
    }),
    HorizontalPodAutoscaler: row<V2HorizontalPodAutoscaler>(
      "autoscaling/v2",
      "HorizontalPodAutoscaler",
      "horizontalpodautoscalers",
      { verbs: APPLIED, why: "Scales the counters, where spec asks for it." },
    ),
    PodDisruptionBudget: row<V1PodDisruptionBudget>(
      "policy/v1",
      "PodDisruptionBudget",
      "poddisruptionbudgets",
      { verbs: APPLIED, why: "A drain takes one counter or proxy at a time." },
    ),
    Secret: row<V1Secret>("v1", "Secret", "secrets", {
      verbs: APPLIED,
      why: "The password of Redis, and the count that counters start from.",
    }),
    Service: row<V1Service>("v1", "Service", "services", {
      verbs: APPLIED,
      why: "The way to each part.",
    }),
    StatefulSet: row<V1StatefulSet>("apps/v1", "StatefulSet", "statefulsets", {
      verbs: APPLIED,
      why: "Redis. What of it can't be changed is deleted, its pod left running, and made anew.",
    }),
  },
  observed: {
    Event: row<CoreV1Event>("v1", "Event", "events", {
      verbs: ["list"],
      why: "Why the pods of a StatefulSet are not made stands nowhere else. They are asked for and never watched.",
    }),
    PersistentVolumeClaim: row<V1PersistentVolumeClaim>(
      "v1",
      "PersistentVolumeClaim",
      "persistentvolumeclaims",
      {
        verbs: [...WATCHED, "patch", "delete"],
        why: "The volume of Redis grows; a claim of the wrong class that has no volume yet is deleted.",
      },
    ),
    Pod: row<V1Pod>("v1", "Pod", "pods", { verbs: WATCHED, why: "Why a pod does not start." }),
  },
  told: {
    Event: row<EventsV1Event>("events.k8s.io/v1", "Event", "events", {
      verbs: ["create", "patch"],
      why: "What kubectl describe shows of a HitCounter.",
    }),
  },
};

export const hitCounters = kinds.hitCounter.HitCounter;
export const childKinds = kinds.child;
/** What the children make in turn, and what is told of them, which is looked at. */
export const { Event: coreEvents, PersistentVolumeClaim: volumeClaims, Pod: pods } = kinds.observed;

/** Name of a child's kind. */
export type ChildKind = keyof typeof childKinds;

/** The type of a child by the name of its kind. */
export type ChildTypes = {
  [K in ChildKind]: (typeof childKinds)[K] extends Row<infer T> ? T : never;
};
