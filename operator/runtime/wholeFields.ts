import { isApiError, refusalOf } from "./apiError.ts";
import { differences, keyIn, pathOfField, stepsOf, valueAt } from "./differences.ts";
import { keyOf } from "./key.ts";
import type { KubeClient } from "./kubeClient.ts";
import type { KubeObject, ResourceKind } from "./objects.ts";

export interface WholeFieldsOptions {
  readonly fieldManager: string;
  /**
   * Names of fields to which others may add nothing, as that would keep the object from its work: `ports`,
   * `readinessProbe`, `lifecycle`. One that is not desired is not to be there. Default: none.
   */
  readonly wholeFields?: ReadonlySet<string>;
  readonly signal?: AbortSignal;
}

/**
 * Applies an object over the one of its uid. Where others have set something in its whole fields, and the API server refused
 * the merge of theirs and ours as invalid, or made it, those fields are put back as they are desired.
 */
export async function applyOver<T extends KubeObject>(
  client: KubeClient,
  kind: ResourceKind<T>,
  object: T,
  options: WholeFieldsOptions,
): Promise<T> {
  let written: T;
  try {
    written = await client.apply(kind, object, options);
  } catch (error) {
    const isInvalid = isApiError(error, 422) && refusalOf(error) === "refused";
    const live = isInvalid ? await client.get(kind, keyOf(object), options) : undefined;
    const isIt = live !== undefined && live.metadata?.uid === object.metadata?.uid;
    if (!isIt || !(await putBack(client, kind, object, live, options))) throw error;
    return await client.apply(kind, object, options);
  }
  return (await putBack(client, kind, object, written, options)) ?? written;
}

/**
 * Replaces each whole field that is not as desired, which no merge could do. It needs no right but to patch. Returns the
 * object as it then is, if there was such a field; one that has changed since it was read is refused with 409.
 */
async function putBack<T extends KubeObject>(
  client: KubeClient,
  kind: ResourceKind<T>,
  desired: T,
  live: T,
  { fieldManager, wholeFields = new Set(), signal }: WholeFieldsOptions,
): Promise<T | undefined> {
  const paths = differences(desired, live, wholeFields).map(({ path }) => pathOfField(path, wholeFields));
  const fields = new Set(paths.filter((path) => path !== undefined));
  if (fields.size === 0) return undefined;
  const unchanged = {
    op: "replace",
    path: "/metadata/resourceVersion",
    value: live.metadata?.resourceVersion,
  };
  const operations = [...fields].map((path) => operation(stepsOf(path), desired, live));
  return await client.patch(kind, keyOf(desired), [unchanged, ...operations], { fieldManager, signal });
}

/** Sets a field as it is desired, or removes it (RFC 6902). */
function operation(steps: readonly string[], desired: unknown, live: unknown) {
  const keys = steps.map((step, index) => keyIn(valueAt(live, steps.slice(0, index)), step));
  const path = keys.map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
  const value = valueAt(desired, steps);
  return value === undefined ? { op: "remove", path } : { op: "add", path, value };
}
