import type { Clock } from "../clock.ts";

/** A clock that stands still until it is moved. */
export interface ManualClock extends Clock {
  /** Moves on by so many milliseconds, and calls back what falls due on the way, each at its own time. */
  advance(ms: number): void;
  /** How many callbacks still wait. */
  readonly waiting: number;
}

export function manualClock(): ManualClock {
  let now = 0;
  const timers = new Set<{ at: number; callback: () => void }>();
  const nextBy = (end: number) =>
    [...timers]
      .filter(({ at }) => at <= end)
      .reduce(
        (first: { at: number; callback: () => void } | undefined, each) =>
          first === undefined || each.at < first.at ? each : first,
        undefined,
      );
  return {
    now: () => now,
    after: (ms, callback) => {
      const timer = { at: now + ms, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance: (ms) => {
      const end = now + ms;
      for (let timer = nextBy(end); timer !== undefined; timer = nextBy(end)) {
        timers.delete(timer);
        now = timer.at;
        timer.callback();
      }
      now = end;
    },
    get waiting() {
      return timers.size;
    },
  };
}
