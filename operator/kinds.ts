import type * as k8s from "@kubernetes/client-node";
import { API_VERSION, type HitCounter } from "./api/hitCounter.ts";
import type { ServiceMonitor } from "./api/serviceMonitor.ts";
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

type More = Pick<Row, "optional" | "subresources">;
type Written = [apiVersion: string, verbs: Right["verbs"], why: string, more?: More];

/** Rows by the name of their kind; `T` has the type of the objects of each. */
const rows = <T extends Record<keyof T, KubeObject>>(table: Record<keyof T, Written>) =>
  Object.fromEntries(
    Object.entries<Written>(table).map(([kind, [apiVersion, verbs, why, more]]) => {
      const plural = `${kind.toLowerCase().replace(/y$/, "ie")}s`;
      return [kind, { apiVersion, kind, plural, namespaced: true, verbs, why, ...more }];
    }),
  ) as { [K in keyof T]: Row<T[K]> };

/** The type of a child by the name of its kind. */
export interface ChildTypes {
  ConfigMap: k8s.V1ConfigMap;
  ControllerRevision: k8s.V1ControllerRevision;
  CronJob: k8s.V1CronJob;
  Deployment: k8s.V1Deployment;
  HorizontalPodAutoscaler: k8s.V2HorizontalPodAutoscaler;
  NetworkPolicy: k8s.V1NetworkPolicy;
  PodDisruptionBudget: k8s.V1PodDisruptionBudget;
  Secret: k8s.V1Secret;
  Service: k8s.V1Service;
  ServiceMonitor: ServiceMonitor;
  StatefulSet: k8s.V1StatefulSet;
}
/** Name of a child's kind. */
export type ChildKind = keyof ChildTypes;

const WATCHED = ["get", "list", "watch"] as const;
/** Server-side apply needs create for what is new and patch for what is there. */
const APPLIED = [...WATCHED, "create", "patch", "delete"] as const;

const partsOfHitCounter: Row["subresources"] = {
  status: { verbs: ["patch"], why: "What became of it." },
  finalizers: {
    verbs: ["update"],
    why: "Kubernetes asks for this of whoever sets an owner reference that blocks the owner's deletion.",
  },
};

/** The one table of kinds, by what they are to the operator: caches, types and both role files come from it. */
export const kinds = {
  hitCounter: rows<{ HitCounter: HitCounter }>({
    HitCounter: [API_VERSION, WATCHED, "What users ask for.", { subresources: partsOfHitCounter }],
  }),
  child: rows<ChildTypes>({
    ConfigMap: ["v1", APPLIED, "The proxy's nginx.conf."],
    ControllerRevision: ["apps/v1", APPLIED, "What was healthy last, to go back to."],
    CronJob: ["batch/v1", APPLIED, "The backups, where spec asks for them."],
    Deployment: ["apps/v1", APPLIED, "The counters, the proxies and the exporters."],
    HorizontalPodAutoscaler: ["autoscaling/v2", APPLIED, "Scales the counters, where spec asks for it."],
    NetworkPolicy: ["networking.k8s.io/v1", APPLIED, "Who reaches each part, and whom it reaches."],
    PodDisruptionBudget: ["policy/v1", APPLIED, "A drain takes one counter or proxy at a time."],
    Secret: [
      "v1",
      APPLIED,
      "The passwords of Redis, the count that counters start from, the salts of visitors, and what proxies serve HTTPS " +
        "with. Of others those that a HitCounter names are read, by their name.",
    ],
    Service: ["v1", APPLIED, "The way to each part."],
    ServiceMonitor: [
      "monitoring.coreos.com/v1",
      APPLIED,
      "Where Prometheus finds metrics, where prometheus-operator is installed.",
      { optional: true },
    ],
    StatefulSet: [
      "apps/v1",
      APPLIED,
      "Redis. What of it can't be changed is deleted, its pod left running, and made anew.",
    ],
  }),
  observed: rows<{
    Event: k8s.CoreV1Event;
    PersistentVolumeClaim: k8s.V1PersistentVolumeClaim;
    Pod: k8s.V1Pod;
  }>({
    Event: [
      "v1",
      ["list"],
      "Why the pods of a StatefulSet are not made stands nowhere else. They are asked for and never watched.",
    ],
    PersistentVolumeClaim: [
      "v1",
      [...WATCHED, "create", "patch", "delete"],
      "The volumes of Redis and of backups grow; a claim of the wrong class that has no volume yet is deleted.",
    ],
    Pod: [
      "v1",
      ["list", "watch", "delete"],
      "Why a pod does not start. Of three copies of Redis one at a time is replaced by deleting its pod.",
    ],
  }),
  told: rows<{ Event: k8s.EventsV1Event }>({
    Event: ["events.k8s.io/v1", ["create", "patch"], "What kubectl describe shows of a HitCounter."],
  }),
};

export const hitCounters = kinds.hitCounter.HitCounter;
export const childKinds = kinds.child;
/** What the children make in turn, and what is told of them, which is looked at. */
export const { Event: coreEvents, PersistentVolumeClaim: volumeClaims, Pod: pods } = kinds.observed;
