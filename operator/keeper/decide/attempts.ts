import type { Memory } from "./decide.ts";

/** The longest wait after a first attempt that came to nothing (milliseconds); it doubles with each further one. */
const BASE_MS = 400;
/** No wait is longer (milliseconds). */
const LONGEST_MS = 5000;

/**
 * What is remembered after an attempt that came to nothing. The wait is drawn from the upper half of its range, so that
 * keepers that outbid each other part. `outbidBy` is the highest fence that was met, 0 for none; `random` is in [0, 1).
 */
export function afterFailure(memory: Memory, outbidBy: number, now: number, random: number): Memory {
  const failures = memory.failures + 1;
  const longest = Math.min(LONGEST_MS, BASE_MS * 2 ** (failures - 1));
  const notBefore = now + (longest / 2) * (1 + random);
  return { ...memory, failures, notBefore, highest: Math.max(memory.highest, outbidBy) };
}

/** What is remembered after a change of view by this ballot. */
export function afterChange(memory: Memory, ballot: number): Memory {
  return {
    ...memory,
    due: undefined,
    failures: 0,
    highest: Math.max(memory.highest, ballot),
    confirmed: undefined,
  };
}

/** What is remembered once both others have confirmed that they have on disk what the primary of this term has. */
export function afterConfirmed(memory: Memory, term: number): Memory {
  return { ...memory, confirmed: term };
}
