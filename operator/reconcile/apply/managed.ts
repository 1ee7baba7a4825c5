import type { ManagedObject } from "../../desired/index.ts";
import { type ChildKind, childKinds } from "../../kinds.ts";
import {
  type Difference,
  differences,
  hashOf,
  type KubeObject,
  type ResourceKind,
} from "../../runtime/index.ts";
import type { Cache, Context } from "../context.ts";

/** Annotation with the hash of the object as it was last applied. */
export const APPLIED_HASH = "hitcounter.dev/applied";

/** What would keep a child from doing its work if others could add to it: it is the operator's as a whole. */
export const WHOLE_FIELDS: ReadonlySet<string> = new Set([
  "egress",
  "ingress",
  "lifecycle",
  "livenessProbe",
  "ports",
  "readinessGates",
  "readinessProbe",
  "startupProbe",
  "strategy",
  "updateStrategy",
]);

/** The kind and cache of a child. A child's own type is lost here, as every kind is treated alike. */
export function placeOf(
  { children }: Pick<Context, "children">,
  kindName: string | undefined,
): { kind: ResourceKind; cache: Cache<KubeObject> } {
  if (!kindName || !(kindName in childKinds)) throw new Error(`${kindName} is no kind of child`);
  const name = kindName as ChildKind;
  return { kind: childKinds[name] as ResourceKind, cache: children[name] as Cache<KubeObject> };
}

/** Whether a child was last applied as it is desired now. */
export const wasApplied = (desired: ManagedObject, live: ManagedObject) =>
  live.metadata?.annotations?.[APPLIED_HASH] === hashOf(desired);

/** Where a child is otherwise than desired. */
export const driftOf = (desired: ManagedObject, live: ManagedObject): readonly Difference[] =>
  differences(desired, live, WHOLE_FIELDS);
