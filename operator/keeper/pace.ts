import type { Clock } from "./clock.ts";

/** How far apart the times are at which any group of a process wakes up (ms). */
export const GRID_MS = 100;

/** Calls back at times on a grid, which is the same for all: what many groups wait for takes one timer. */
export interface Pace {
  /** Calls back at the first time on the grid that is not before `at`, by the clock; the function it returns cancels that. */
  at(at: number, callback: () => void): () => void;
}

/** A pace by a clock. */
export function createPace(clock: Clock): Pace {
  const due = new Map<number, Set<() => void>>();
  let armed: { tick: number; cancel: () => void } | undefined;

  const arm = () => {
    const tick = Math.min(...due.keys());
    if (armed?.tick === tick) return;
    armed?.cancel();
    armed = undefined;
    if (due.size === 0) return;
    const cancel = clock.after(Math.max(0, tick * GRID_MS - clock.now()), () => {
      armed = undefined;
      wake();
    });
    armed = { tick, cancel };
  };
  const wake = () => {
    // Timers may be early by less than a millisecond.
    const now = Math.floor((clock.now() + 1) / GRID_MS);
    const woken = [...due].filter(([tick]) => tick <= now);
    for (const [tick] of woken) due.delete(tick);
    for (const [, callbacks] of woken) for (const callback of callbacks) callback();
    arm();
  };
  return {
    at(at, callback) {
      const tick = Math.max(Math.ceil(at / GRID_MS), Math.floor(clock.now() / GRID_MS) + 1);
      const callbacks = due.get(tick) ?? new Set();
      due.set(tick, callbacks);
      const call = () => callback();
      callbacks.add(call);
      arm();
      return () => {
        callbacks.delete(call);
        if (callbacks.size === 0 && due.get(tick) === callbacks) {
          due.delete(tick);
          arm();
        }
      };
    },
  };
}
