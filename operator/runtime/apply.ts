import { createHash } from "node:crypto";
import { handOver, type KeptField, valueAt } from "./handOver.ts";
import { keyOf } from "./key.ts";
import type { KubeClient } from "./kubeClient.ts";
import type { KubeObject, ResourceKind } from "./objects.ts";
import { sameAsApplied } from "./differences.ts";

/**
 * What became of an object: "updated", as something else was desired last time, or "repaired", as someone had
 * changed it since; and the object as it now is.
 */
export interface Applied<T extends KubeObject> {
  readonly result: "unchanged" | "created" | "updated" | "repaired";
  readonly object: T;
}

export interface ApplyIfChangedOptions {
  readonly fieldManager: string;
  /** The annotation that keeps the hash of what was applied last, such as `example.dev/applied`. */
  readonly hashAnnotation: string;
  /** A field that keeps its value when it is no longer desired. */
  readonly keep?: KeptField;
  readonly signal?: AbortSignal;
}

/**
 * Makes the object as desired by server-side apply, but writes only when that would change something: when another
 * object was desired last time (so removed fields go too), or when someone has changed a field this one sets.
 */
export async function applyIfChanged<T extends KubeObject>(
  client: KubeClient,
  kind: ResourceKind<T>,
  desired: T,
  live: T | undefined,
  options: ApplyIfChangedOptions,
): Promise<Applied<T>> {
  const { hashAnnotation, fieldManager, signal, keep } = options;
  const { resourceVersion: _, ...metadata } = desired.metadata ?? {};
  const hash = hashOf({ ...desired, metadata });
  const desiredLastTime = live?.metadata?.annotations?.[hashAnnotation] === hash;
  if (live !== undefined && desiredLastTime && sameAsApplied(desired, live)) {
    return { result: "unchanged", object: live };
  }
  if (live !== undefined && keep !== undefined && valueAt(desired, keep.path) === undefined) {
    await handOver(client, kind, keyOf(desired), keep, options);
  }
  const annotations = { ...desired.metadata?.annotations, [hashAnnotation]: hash };
  const object = { ...desired, metadata: { ...desired.metadata, annotations } };
  const written = await client.apply(kind, object, {
    fieldManager,
    ...(signal === undefined ? {} : { signal }),
  });
  const changed = desiredLastTime ? "repaired" : "updated";
  return { result: live === undefined ? "created" : changed, object: written };
}

/** A short hash of a value's JSON, whatever the order of its fields. */
export function hashOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value, sortFields)).digest("hex").slice(0, 16);
}

function sortFields(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return value;
  }
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
