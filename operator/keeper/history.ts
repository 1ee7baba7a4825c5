import { leaderOf, type Sight } from "./decide/leader.ts";
import type { Change, Group, Reason } from "./types.ts";

/** Follows which terms there are, for what is told of the last change. */
export interface History {
  /** Of those that were brought about or seen. */
  readonly last: Change | undefined;
  /** Notes what is seen now, and why a change is due, where it is. */
  note(group: Group, sight: Sight, due: Reason | undefined): void;
  /** Notes that the primary leads as it did. */
  goesOn(sight: Sight): void;
}

/** A history by the clock that decisions are given (ms), and the time of day (ms since 1970). */
export function startHistory(now: () => number, timeOfDay: () => number): History {
  let last: Change | undefined;
  let term: { number: number; holder: string } | undefined;
  let why: Reason | undefined;
  // When the primary was last seen to lead; before there was any, when it was first looked.
  let ledAt = now();

  return {
    get last() {
      return last;
    },
    note(group, sight, due) {
      const leader = leaderOf(group, sight);
      const at = (leader && sight.get(leader.term.holder)?.at) ?? now();
      if (leader?.leads && (term?.number ?? 0) < leader.term.number) {
        const from = term?.holder;
        // A keeper that begins finds a term, and sees no change.
        if (term !== undefined || why === "Bootstrap") {
          last = {
            time: timeOfDay(),
            from,
            to: leader.term.holder,
            reason: why ?? (from === group.leaving ? "HandOver" : "PrimaryLeadsNoMore"),
            seconds: Math.max(0, at - ledAt) / 1000,
          };
        }
        term = leader.term;
      }
      if (leader?.leads) ledAt = at;
      why = due ?? (leader?.leads ? undefined : why);
    },
    goesOn(sight) {
      ledAt = sight.get(term?.holder ?? "")?.at ?? ledAt;
    },
  };
}
