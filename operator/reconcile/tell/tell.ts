import { isDeepStrictEqual } from "node:util";
import type { HitCounterStatus } from "../../api/hitCounter.ts";
import { MANAGED_BY } from "../../desired/names.ts";
import { hitCounters } from "../../kinds.ts";
import { isApiError, keyOf } from "../../runtime/index.ts";
import { askedOf } from "../context.ts";
import type { Judgement } from "../judge/judge.ts";
import { isNew, type Turn } from "../turn.ts";
import { keepBelievedCount } from "./believedCount.ts";
import { eventsOfChanges, eventsOfStatus } from "./events.ts";

/**
 * Tells what was done as events, how things are in the status if that is news, and counters that start what is believed.
 * Returns false where the HitCounter was changed meanwhile, or is gone: then the status is of what was, and not written.
 */
export async function tell(turn: Turn, { status, count }: Judgement): Promise<boolean> {
  const { context, hitCounter, memory, changes, log, signal } = turn;
  if (changes.length > 0) {
    log.info("changed children", { changes: changes.map(({ child, result }) => `${child} ${result}`) });
  }
  // Before the status, which may fail to be written, and then is computed again: what was done is not.
  for (const event of eventsOfChanges(hitCounter, changes)) context.events.record(hitCounter, event);
  // Who has just begun has not heard of everything that it asks for: what another told stands until then.
  if (
    !memory.told &&
    !isNew(hitCounter) &&
    askedOf(context).some((each) => each.isUnsure(hitCounter.metadata))
  )
    return true;
  if (!saysTheSame(hitCounter.status, status)) {
    // The resourceVersion keeps it from being written on another HitCounter that has taken the name.
    const key = { ...keyOf(hitCounter), resourceVersion: hitCounter.metadata.resourceVersion };
    const options = { fieldManager: MANAGED_BY, signal };
    try {
      context.hitCounters.record(await context.client.patchStatus(hitCounters, key, status, options));
    } catch (error) {
      if (isApiError(error, 409) || isApiError(error, 404)) return false;
      throw error;
    }
  }
  const before = memory.told ?? hitCounter.status;
  for (const event of eventsOfStatus(hitCounter, before, changes, status))
    context.events.record(hitCounter, event);
  memory.told = status;
  await keepBelievedCount(turn, count);
  return true;
}

/** Whether two statuses say the same, as far as they are the operator's: others may have conditions of their own. */
export function saysTheSame(before: HitCounterStatus | undefined, after: HitCounterStatus): boolean {
  const passing = [
    ...["VisitorsCounted", "ClientsLimited", "CertificateValid", "PasswordRotated", "RedisReplicated"],
    ...["Reconciling", "Stalled"],
  ];
  const ours = new Set([...passing, ...(after.conditions ?? []).map(({ type }) => type)]);
  const comparable = ({ conditions = [], ...rest }: HitCounterStatus = {}) => {
    const told = conditions.filter(({ type }) => ours.has(type));
    return { ...rest, conditions: Map.groupBy(told, ({ type }) => type) };
  };
  return isDeepStrictEqual(comparable(before), comparable(after));
}
