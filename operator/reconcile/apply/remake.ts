import type { V1StatefulSet } from "@kubernetes/client-node";
import type { ManagedObject } from "../../desired/index.ts";
import { childKinds } from "../../kinds.ts";
import { sameAsApplied } from "../../runtime/index.ts";
import { waiting } from "../problem.ts";
import { type Turn, titleOf } from "../turn.ts";
import { wasApplied } from "./managed.ts";
import { deleteSeen } from "./refusal.ts";

/** As soon as the garbage collector has let the pod go, the StatefulSet is gone. */
const GONE_MS = 1_000;

/**
 * A StatefulSet of which something changes that can't be changed is deleted and made anew over its pod, which runs on;
 * returns whether it has to be. Where only admission made it otherwise than it was sent, it would be so again: it is left.
 */
export async function isRemade(turn: Turn, desired: ManagedObject, live: ManagedObject): Promise<boolean> {
  if (desired.kind !== "StatefulSet" || sameAsApplied(unchangeable(desired), unchangeable(live)))
    return false;
  if (wasApplied(desired, live)) return false;
  const title = titleOf(desired);
  if (await deleteSeen(turn, childKinds.StatefulSet, live, "Orphan")) {
    turn.memory.remade.add(title);
    turn.problems.push(waiting(`${title} is made anew over its running pod`, GONE_MS));
  }
  return true;
}

function unchangeable(object: ManagedObject) {
  const { serviceName, volumeClaimTemplates, podManagementPolicy, selector } =
    (object as V1StatefulSet).spec ?? {};
  return { serviceName, volumeClaimTemplates, podManagementPolicy, selector };
}
