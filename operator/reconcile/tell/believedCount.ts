import type { HitCounter } from "../../api/hitCounter.ts";
import { acceptedLossOf, childName, MANAGED_BY } from "../../desired/names.ts";
import { BELIEVED_COUNT_KEY } from "../../desired/redisSecret.ts";
import { childKinds } from "../../kinds.ts";
import { controllerOf, isApiError } from "../../runtime/index.ts";
import type { Count } from "../judge/count.ts";
import type { Turn } from "../turn.ts";

/** What is written here has a field manager of its own: it is no part of the Secret as the spec wants it. */
const FIELD_MANAGER = `${MANAGED_BY}-believed-count`;
/** So many digits of a count are kept, so that the Secret is written now and then and not with every status. */
const DIGITS = 3;
/** What a Secret without a count says: 0, in base64. */
const NOTHING = "MA==";

/**
 * The count below which no counter that starts may count: the one that is believed, rounded down by less than 1%; just
 * that count while data is lost, or may be brought back from what is a little older; and 0 where nothing is known, or a
 * person has accepted the loss.
 */
export function believedCount(hitCounter: HitCounter, { hits = 0, loss }: Count): number {
  if (loss !== undefined) return hits;
  if (acceptedLossOf(hitCounter) === String(hits)) return 0;
  if (hitCounter.spec.restore) return hits;
  const step = 10 ** Math.max(0, String(hits).length - DIGITS);
  return Math.floor(hits / step) * step;
}

/**
 * Keeps that count in the Secret from which counters take the password, where it outlives them all and the volume. A
 * Secret that was changed or deleted meanwhile is left for the next time.
 */
export async function keepBelievedCount(turn: Turn, believed: Count): Promise<void> {
  const { context, hitCounter, signal } = turn;
  if (hitCounter.spec.paused) return;
  const { namespace, uid } = hitCounter.metadata;
  const key = { namespace, name: childName(hitCounter, "redis") };
  const secret = context.children.Secret.get(key);
  const count = Buffer.from(String(believedCount(hitCounter, believed))).toString("base64");
  if (!secret || controllerOf(secret)?.uid !== uid) return;
  if ((secret.data?.[BELIEVED_COUNT_KEY] ?? NOTHING) === count) return;
  const written = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { ...key, resourceVersion: secret.metadata?.resourceVersion ?? "" },
    data: { [BELIEVED_COUNT_KEY]: count },
  };
  try {
    const options = { fieldManager: FIELD_MANAGER, signal };
    context.children.Secret.record(await context.client.apply(childKinds.Secret, written, options));
  } catch (error) {
    if (!isApiError(error, 409)) throw new Error("keeping the count in the Secret", { cause: error });
  }
}
