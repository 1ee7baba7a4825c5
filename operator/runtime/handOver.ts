import { valueAt } from "./differences.ts";
import type { Key } from "./key.ts";
import type { KubeClient } from "./kubeClient.ts";
import { hasApplied } from "./managedFields.ts";
import type { KubeObject, ResourceKind } from "./objects.ts";

/** A field that outlives its being applied, and the field manager that then holds its value. */
export interface KeptField {
  /** Such as `["spec", "replicas"]`. */
  readonly path: readonly string[];
  readonly fieldManager: string;
}

/**
 * Lets a field keep its value although its manager is about to apply the object without it: server-side apply gives a
 * field that its last owner leaves out its default again, so another manager is made an owner of it first. Where the
 * manager does not own the field, nothing is written. Who owns it is asked of the API server, as the answer decides
 * whether the field is lost; a crash after this and before the apply leaves the field with two owners, which is as good.
 *
 * A value that another has changed since it was read is refused with 409, and never taken back.
 */
export async function handOver<T extends KubeObject>(
  client: KubeClient,
  kind: ResourceKind<T>,
  key: Key,
  field: KeptField,
  { fieldManager, signal }: { readonly fieldManager: string; readonly signal?: AbortSignal },
): Promise<void> {
  const live: KubeObject | undefined = await client.get(kind, key, { signal });
  const value = valueAt(live, field.path);
  if (live === undefined || value === undefined || !hasApplied(live, fieldManager, field.path)) return;
  // The uid keeps this from making an object anew that was deleted in between.
  const metadata = { ...key, ...(live.metadata?.uid !== undefined && { uid: live.metadata.uid }) };
  const { apiVersion, kind: kindName } = kind;
  const handedOver = { apiVersion, kind: kindName, metadata, ...withValueAt(field.path, value) };
  await client.apply(kind as ResourceKind, handedOver, {
    fieldManager: field.fieldManager,
    force: false,
    signal,
  });
}

/** `withValueAt(["a", "b"], 1)` is `{ a: { b: 1 } }`. */
function withValueAt(path: readonly string[], value: unknown): Record<string, unknown> {
  return path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as Record<string, unknown>;
}
