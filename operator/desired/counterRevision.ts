import type { V1ControllerRevision } from "@kubernetes/client-node";
import type { HitCounter } from "../api/hitCounter.ts";
import { type CounterSettings, revisionOf } from "./counterSettings.ts";
import { child, childName } from "./names.ts";

/** Name of the object that keeps settings of the counter. */
export const counterRevisionName = (hitCounter: HitCounter, revision: string) =>
  `${childName(hitCounter, "counter")}-${revision}`;

/** Keeps settings of the counter, so that they can be gone back to. The pods are made of them anew each time. */
export function counterRevision(hitCounter: HitCounter, settings: CounterSettings): V1ControllerRevision {
  const name = counterRevisionName(hitCounter, revisionOf(settings));
  return {
    ...child("apps/v1", "ControllerRevision", hitCounter, "counter", name),
    revision: 1, // the API server wants a number; which one was healthy, the status tells
    data: settings,
  };
}
