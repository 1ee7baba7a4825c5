import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { type Difference, differences, valueAt } from "./differences.ts";
import { handOver, type KeptField } from "./handOver.ts";
import { keyOf } from "./key.ts";
import type { KubeClient } from "./kubeClient.ts";
import type { KubeObject, ResourceKind } from "./objects.ts";
import { applyOver, type WholeFieldsOptions } from "./wholeFields.ts";

/** What became of an object, and the object as it now is. */
export interface Applied<T extends KubeObject> {
  /** "updated", as something else was desired last time, or "repaired", as someone had changed it since. */
  readonly result: "unchanged" | "created" | "updated" | "repaired";
  readonly object: T;
  /** What was repaired. A Secret's values are among them. */
  readonly drift: readonly Difference[];
  /** What is not as desired although it was sent so: the API server's admission makes it `live`. */
  readonly altered: readonly Difference[];
}

export interface ApplyIfChangedOptions extends WholeFieldsOptions {
  /** The annotation that keeps the hash of what was applied last, such as `example.dev/applied`. */
  readonly hashAnnotation: string;
  /** A field that keeps its value when it is no longer desired. */
  readonly keep?: KeptField;
  /** What `altered` was last time: while it is all that is not as desired, nothing is sent. Default: nothing. */
  readonly altered?: readonly Difference[];
}

/**
 * Makes the object as desired by server-side apply, but writes only when that would change something: when another
 * object was desired last time (so removed fields go too), or when someone has changed a field this one sets. The write
 * is meant for the live object alone: if that is another one by now, it fails with an error whose `refusalOf` is "anew".
 */
export async function applyIfChanged<T extends KubeObject>(
  client: KubeClient,
  kind: ResourceKind<T>,
  desired: T,
  live: T | undefined,
  options: ApplyIfChangedOptions,
): Promise<Applied<T>> {
  const { hashAnnotation, keep, wholeFields } = options;
  const { resourceVersion: _, ...metadata } = desired.metadata ?? {};
  const wanted = { ...desired, metadata };
  const hash = hashOf(wanted);
  const desiredLastTime = live?.metadata?.annotations?.[hashAnnotation] === hash;
  const found = desiredLastTime ? differences(wanted, live, wholeFields) : [];
  if (live !== undefined && desiredLastTime && without(found, options.altered).length === 0) {
    return { result: "unchanged", object: live, drift: [], altered: found };
  }
  const isLeftOut = keep !== undefined && valueAt(desired, keep.path) === undefined;
  if (isLeftOut && valueAt(live, keep.path) !== undefined) {
    await handOver(client, kind, keyOf(desired), keep, options);
  }
  const annotations = { ...metadata.annotations, [hashAnnotation]: hash };
  const uid = live?.metadata?.uid;
  const sent = {
    ...desired,
    metadata: { ...desired.metadata, annotations, ...(uid !== undefined && { uid }) },
  };
  const object = await (live === undefined
    ? client.apply(kind, sent, options)
    : applyOver(client, kind, sent, options));
  const altered = differences(wanted, object, wholeFields);
  const drift = without(found, altered);
  const isSame = live !== undefined && live.metadata?.resourceVersion === object.metadata?.resourceVersion;
  if (isSame || (desiredLastTime && drift.length === 0)) {
    return { result: "unchanged", object, drift: [], altered };
  }
  const changed = desiredLastTime ? "repaired" : "updated";
  return { result: live === undefined ? "created" : changed, object, drift, altered };
}

/** The differences that are not among the others, of the very same values. */
const without = (found: readonly Difference[], others: readonly Difference[] = []) =>
  found.filter((one) => !others.some((other) => isDeepStrictEqual(one, other)));

/** A short hash of a value's JSON, whatever the order of its fields. */
export function hashOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value, sortFields)).digest("hex").slice(0, 16);
}

function sortFields(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
