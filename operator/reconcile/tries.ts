import { type Backoff, backoffMs, type Clock, systemClock } from "../runtime/index.ts";
import type { Problem } from "./problem.ts";

interface Try {
  readonly of: string;
  readonly times: number;
  readonly dueAt: number;
  readonly problem: Problem;
}

/** What has not come back so long after it was due, in milliseconds, has not come back at once. */
const SETTLED_MS = 10_000;

/**
 * Remembers what was tried in vain, so that the same is not tried again before a wait that grows. It is about something,
 * such as a child, and `of` is all that decides whether another try is the same: where that is another, it is due at once.
 */
export class Tries {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #tries = new Map<string, Try>();

  constructor(clock: Clock = systemClock, random = Math.random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** The problem there was with the same, while it is too early to try it again. */
  pending(about: string, of: string): Problem | undefined {
    const last = this.#tries.get(about);
    const remainingMs = last?.of === of ? last.dueAt - this.#clock.now() : 0;
    return last && remainingMs > 0 ? { ...last.problem, lookAgainMs: remainingMs } : undefined;
  }

  /** The last problem, until what comes back at once would have come back. */
  recent(about: string): Problem | undefined {
    const last = this.#tries.get(about);
    const remainingMs = last ? last.dueAt + SETTLED_MS - this.#clock.now() : 0;
    return last && remainingMs > 0 ? { ...last.problem, lookAgainMs: remainingMs } : undefined;
  }

  /** Notes that it was tried in vain, or that what it did did not last; returns the problem with the time to wait. */
  note(about: string, of: string, problem: Omit<Problem, "lookAgainMs">, backoff: Backoff): Problem {
    const last = this.#tries.get(about);
    const times = last?.of === of ? last.times + 1 : 1;
    const lookAgainMs = backoffMs(times, backoff, this.#random);
    const noted = { ...problem, lookAgainMs };
    this.#tries.set(about, { of, times, dueAt: this.#clock.now() + lookAgainMs, problem: noted });
    return noted;
  }

  /** How often the last was tried in a row. */
  times(about: string): number {
    return this.#tries.get(about)?.times ?? 0;
  }

  forget(about: string): void {
    this.#tries.delete(about);
  }
}
