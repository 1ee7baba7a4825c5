import type { HitCounter } from "../../api/hitCounter.ts";
import { ACCEPT_LOSS_OF, acceptedLossOf } from "../../desired/names.ts";
import { UNLISTED_DATA } from "../../desired/redisCommand.ts";
import type { Seen } from "../look/look.ts";

/** What is believed of a count. */
export interface Count {
  /** The last that was believed; undefined while none ever was. */
  readonly hits: number | undefined;
  /** Why what is there now is not believed, and what a person can do about it. */
  readonly loss: string | undefined;
}

/** Judges the count: it is not believed where it is lower than it was, which counting never makes it, or can't be read. */
export function judgeCount(hitCounter: HitCounter, { redis, count }: Pick<Seen, "redis" | "count">): Count {
  const told = hitCounter.status?.hits;
  // As it was, by the status or by a counter that has seen a higher one, and as it is, if that is known.
  const before = Math.max(told ?? 0, count?.goneBack?.from ?? 0);
  const now = count?.hits ?? count?.goneBack?.to;
  const unlisted = redis.trouble?.message.includes(UNLISTED_DATA) ?? false;
  const isLost = unlisted || (now !== undefined && now < before);
  if (!isLost || acceptedLossOf(hitCounter) === String(before)) {
    return { hits: count?.hits ?? told, loss: undefined };
  }
  const what = unlisted
    ? `Redis does not start, so that it writes over nothing: ${UNLISTED_DATA}.`
    : `The count was ${before} and now is ${now}: Redis has lost data.`;
  const { namespace, name } = hitCounter.metadata;
  const command = `kubectl annotate -n ${namespace} hitcounter ${name} --overwrite ${ACCEPT_LOSS_OF}=${before}`;
  const loss = `${what} Restore its volume, or accept the loss with: ${command}`;
  return { hits: now === undefined ? told : before, loss };
}
