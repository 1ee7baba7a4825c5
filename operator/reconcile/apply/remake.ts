import type { V1StatefulSet } from "@kubernetes/client-node";
import type { ManagedObject } from "../../desired/index.ts";
import { childKinds } from "../../kinds.ts";
import { keyOf, sameAsApplied } from "../../runtime/index.ts";
import { type Problem, waiting } from "../problem.ts";
import { type Turn, titleOf } from "../turn.ts";
import { wasApplied } from "./managed.ts";
import { asked } from "./refusal.ts";

/** As soon as the garbage collector has let the pod go, the StatefulSet is gone. */
const GONE_MS = 1_000;

/**
 * A StatefulSet of which something changes that can't be changed is deleted and made anew over its pod, which runs on.
 * Where only admission made it otherwise than it was sent, it would be so again: it is left.
 */
export async function remake(
  turn: Turn,
  desired: ManagedObject,
  live: ManagedObject,
): Promise<Problem | undefined> {
  if (desired.kind !== "StatefulSet" || sameAsApplied(unchangeable(desired), unchangeable(live)))
    return undefined;
  if (wasApplied(desired, live)) return undefined;
  const { uid = "" } = live.metadata ?? {};
  const title = titleOf(desired);
  const done = await asked(turn, `deleting ${title} to make it anew`, uid, () =>
    turn.context.client.delete(childKinds.StatefulSet, keyOf(live), {
      preconditions: { uid },
      propagationPolicy: "Orphan",
      signal: turn.signal,
    }),
  );
  if (done === "problem") return turn.problems.pop();
  turn.memory.remade.add(title);
  return waiting(`${title} is made anew over its running pod`, GONE_MS);
}

function unchangeable(object: ManagedObject) {
  const { serviceName, volumeClaimTemplates, podManagementPolicy, selector } =
    (object as V1StatefulSet).spec ?? {};
  return { serviceName, volumeClaimTemplates, podManagementPolicy, selector };
}
