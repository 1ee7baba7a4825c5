import { batchesOf, hitOf } from "./log.ts";
import { type Acknowledged, Violation, type World } from "./world.ts";

// What the protocol promises, looked at as it happens.

const isIn = (log: string, { batch, number }: Acknowledged) => batchesOf(log)[number - 1] === batch;

/** Looks at the last promotion: it is the only one of its term, and has all that earlier terms acknowledged. */
export function lostAtPromotion({ acknowledged, promoted }: World): void {
  const last = promoted.at(-1);
  if (last === undefined) return;
  if (promoted.filter(({ term }) => term === last.term).length > 1) {
    throw new Violation(`term ${last.term} has two primaries`);
  }
  for (const hit of acknowledged) {
    if (hit.term < last.term && !isIn(last.log, hit)) {
      throw new Violation(`hit ${hit.number} of term ${hit.term} is not in that of term ${last.term}`);
    }
  }
}

/** A hit is acknowledged: no number twice, no hit twice. */
export function acknowledge(world: World, batch: string, term: number, log: string): number {
  const batches = batchesOf(log);
  const number = batches.indexOf(batch) + 1;
  if (number === 0) throw new Violation(`a hit is acknowledged in term ${term} that is not there`);
  if (world.acknowledged.some((other) => other.number === number && other.batch !== batch)) {
    throw new Violation(`number ${number} is told twice, last in term ${term}`);
  }
  if (batches.filter((other) => hitOf(other) === hitOf(batch)).length > 1) {
    throw new Violation(`hit ${hitOf(batch)} is counted twice`);
  }
  world.acknowledged = [...world.acknowledged, { batch, number, term }];
  return number;
}

/** Looks for what the last acknowledgement tells to be lost: earlier ones that its log lacks, or itself in a later term. */
export function lostAtAcknowledgement({ acknowledged, promoted }: World, log: string): void {
  const last = acknowledged.at(-1);
  if (last === undefined) return;
  for (const hit of acknowledged) {
    // What a later term acknowledged, an earlier one may lack: it only confirms what that one has from it.
    if (hit.term <= last.term && !isIn(log, hit))
      throw new Violation(`hit ${hit.number} of term ${hit.term} is gone in ${last.term}`);
  }
  for (const { term, log: other } of promoted) {
    if (term > last.term && !isIn(other, last)) {
      throw new Violation(
        `hit ${last.number} is acknowledged in ${last.term} after ${term} began without it`,
      );
    }
  }
}

/** Looks for hits that were acknowledged and are on no node any more. */
export function lostEverywhere({ acknowledged, nodes }: World): void {
  for (const hit of acknowledged) {
    if (!nodes.some(({ log, diskLog }) => isIn(log, hit) || isIn(diskLog, hit))) {
      throw new Violation(`hit ${hit.number} of term ${hit.term} is nowhere any more`);
    }
  }
}
