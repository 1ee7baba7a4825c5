import { ApiError, isApiError, refusalOf } from "./apiError.ts";
import { differences, stepsOf } from "./differences.ts";
import { keyOf } from "./key.ts";
import type { KubeClient } from "./kubeClient.ts";
import { takenOver } from "./managedFields.ts";
import { type KubeObject, objectPath, type ResourceKind } from "./objects.ts";

export interface TakeOverOptions {
  readonly fieldManager: string;
  /** Default: none. */
  readonly wholeFields?: ReadonlySet<string>;
  readonly signal?: AbortSignal;
}

/**
 * Applies an object over the one of its uid. Where others own some of its whole fields, and the API server refused the
 * merge of theirs and ours as invalid, or made it, those are taken over, and it is applied once more.
 */
export async function applyOver<T extends KubeObject>(
  client: KubeClient,
  kind: ResourceKind<T>,
  object: T,
  options: TakeOverOptions,
): Promise<T> {
  const { wholeFields = new Set() } = options;
  const applyAlone = async (live: T | undefined) =>
    live?.metadata?.uid === object.metadata?.uid && (await takeOver(client, kind, object, live, options))
      ? await client.apply(kind, object, options)
      : undefined;
  let written: T;
  try {
    written = await client.apply(kind, object, options);
  } catch (error) {
    const isInvalid = isApiError(error, 422) && refusalOf(error) === "refused";
    const alone = isInvalid && (await applyAlone(await client.get(kind, keyOf(object), options)));
    if (!alone) {
      throw error;
    }
    return alone;
  }
  const paths = differences(object, written, wholeFields).map(({ path }) => stepsOf(path));
  const isMixed = paths.some((path) => path.some((step) => wholeFields.has(step)));
  return (isMixed && (await applyAlone(written))) || written;
}

/**
 * Makes a manager the only owner of what an object has in its whole fields, and changes no value: its next apply then
 * removes there what it does not set. A crash before that does no harm. It needs no right but to patch. Returns
 * whether there was anything to take over; an object that has changed since it was read is refused with 409.
 */
async function takeOver<T extends KubeObject>(
  client: KubeClient,
  kind: ResourceKind<T>,
  desired: T,
  live: T | undefined,
  { fieldManager, wholeFields = new Set(), signal }: TakeOverOptions,
): Promise<boolean> {
  const managedFields = live && takenOver(live, desired, fieldManager, wholeFields);
  if (managedFields === undefined) {
    return false;
  }
  const { uid, resourceVersion } = live?.metadata ?? {};
  const answer = await client.raw("PATCH", objectPath(kind as ResourceKind, keyOf(desired)), {
    query: { fieldManager },
    headers: { "content-type": "application/merge-patch+json" },
    body: JSON.stringify({ metadata: { uid, resourceVersion, managedFields } }),
    ...(signal && { signal }),
  });
  if (answer.status >= 300) {
    throw ApiError.of(answer.status, answer.body, answer.headers["retry-after"]);
  }
  return true;
}
