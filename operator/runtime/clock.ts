/** Time, as the runtime needs it; tests pass one they move by hand. */
export interface Clock {
  /** Milliseconds since some fixed point; never goes back. */
  now(): number;
  /** Calls back once after `ms` milliseconds; the function it returns cancels that. */
  after(ms: number, callback: () => void): () => void;
}

// A longer delay overflows Node's timers, which would then fire at once.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, Math.min(ms, LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
};

/** What a program gets from its surroundings; tests pass their own. */
export interface TimeAndChance {
  readonly clock: Clock;
  /** The time of day. */
  readonly now: () => Date;
  /** In [0, 1). */
  readonly random: () => number;
}

/** The machine's own. */
export const timeAndChance: TimeAndChance = {
  clock: systemClock,
  now: () => new Date(),
  random: Math.random,
};

/** Waits `ms` milliseconds, or less when the signal aborts; never throws. */
export async function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return;
  const awake = Promise.withResolvers<unknown>();
  const cancel = clock.after(ms, () => awake.resolve(undefined));
  signal?.addEventListener("abort", awake.resolve);
  await awake.promise;
  cancel();
  signal?.removeEventListener("abort", awake.resolve);
}

/** What a task comes to, whose signal aborts when it has taken `ms` milliseconds, or when the given one is aborted before. */
export async function inTime<T>(
  clock: Clock,
  ms: number,
  task: (signal: AbortSignal) => Promise<T>,
  abort = new AbortController(),
): Promise<T> {
  const cancel = clock.after(ms, () => abort.abort(new Error(`no answer within ${ms} ms`)));
  try {
    return await task(abort.signal);
  } finally {
    cancel();
  }
}

/** Kubernetes' MicroTime, which the API server takes only with all six digits of the second. */
export function microTime(time: Date): string {
  return time.toISOString().replace("Z", "000Z");
}
