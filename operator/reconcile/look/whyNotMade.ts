import type { CoreV1Event, V1Pod, V1StatefulSet } from "@kubernetes/client-node";
import { coreEvents } from "../../kinds.ts";
import type { KubeClient } from "../../runtime/index.ts";
import { isStaying } from "./podTrouble.ts";
import { isReady } from "./rollout.ts";

/** The object that does not say itself why it does not get on. */
export type Unmade = NonNullable<ReturnType<typeof unmadeOf>>;

/**
 * What of Redis has to be asked after: its StatefulSet while it has fewer pods than it wants, or a pod that has a node and
 * whose container is not even made, as its volume can't be had. Both tell why in Events and nowhere else.
 */
export function unmadeOf(statefulSet: V1StatefulSet | undefined, pods: readonly V1Pod[]) {
  const { namespace = "", uid, generation = 0 } = statefulSet?.metadata ?? {};
  const isWaiting = ({ status }: V1Pod) =>
    (status?.containerStatuses ?? []).some(({ state }) => state?.waiting?.reason === "ContainerCreating");
  const idle = pods.find((pod) => !isReady(pod) && isStaying(pod) && isWaiting(pod));
  // Before its controller has looked at it there is nothing to be told.
  const isKnown = (statefulSet?.status?.observedGeneration ?? -1) >= generation;
  const missing = isKnown && pods.length < (statefulSet?.spec?.replicas ?? 0);
  const asked = missing ? uid : idle?.metadata?.uid;
  return asked === undefined ? undefined : { namespace, uid: asked };
}

/**
 * Asks for the last warning about an object; undefined where there is none. What the scheduler warned of is over where it
 * is asked for here: a pod that has no node says itself why.
 */
export const askWhyNotMade =
  (client: KubeClient) =>
  async ({ namespace, uid }: Unmade, signal: AbortSignal): Promise<string | undefined> => {
    const fieldSelector = `involvedObject.uid=${uid},type=Warning,reason!=FailedScheduling`;
    const { items } = await client.list(coreEvents, { namespace, fieldSelector, signal });
    return items.toSorted((one, other) => (timeOf(one) < timeOf(other) ? 1 : -1))[0]?.message;
  };

/** When an Event last happened, as text that sorts. */
const timeOf = ({ lastTimestamp, eventTime, metadata }: CoreV1Event) =>
  String(lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? "");
