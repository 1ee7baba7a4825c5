import type { V1Pod, V1StatefulSet } from "@kubernetes/client-node";
import type { HitCounter, HitCounterStatus } from "../api/hitCounter.ts";
import type { GroupState } from "../keeper/index.ts";
import { hitCounterWith, readyPod } from "./fixtures.ts";

/** Three copies that all have everything. */
export const inSync: GroupState = {
  replicas: 3,
  inSync: 3,
  primary: "web-redis-0",
  term: 8,
  lastChange: undefined,
  condition: "InSync",
};

const labels = {
  "app.kubernetes.io/name": "hitcounter",
  "app.kubernetes.io/instance": "web",
  "app.kubernetes.io/component": "redis",
};

/** The pod of a copy, ready and of this revision. */
export function copyPod(number: number, revision = "new"): V1Pod {
  const name = `web-redis-${number}`;
  const pod = readyPod(name, { ...labels, "controller-revision-hash": revision }, new Date(0));
  return { ...pod, status: { ...pod.status, podIP: `10.244.1.${number}` } };
}

/** A pod that is on its way out. */
export const going = (pod: V1Pod): V1Pod => ({
  ...pod,
  metadata: { ...pod.metadata, deletionTimestamp: new Date(0) },
});

/** The StatefulSet of the copies, whose newest revision is `new`. */
export const copiesSet = (generation = 1): V1StatefulSet => ({
  metadata: { name: "web-redis", namespace: "demo", generation, labels },
  spec: { replicas: 3, serviceName: "web-redis-pods", selector: {}, template: {} },
  status: { replicas: 3, observedGeneration: 1, updateRevision: "new" },
});

/** A HitCounter with three copies, of which this is told. */
export const withCopies = (
  redis: NonNullable<HitCounterStatus["redis"]> = {},
  spec: Parameters<typeof hitCounterWith>[0] = {},
): HitCounter => ({
  ...hitCounterWith({ redis: { replicas: 3 }, ...spec }),
  status: { hits: 42, redis },
});
