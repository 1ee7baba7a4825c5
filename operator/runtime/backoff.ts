/** How long to wait between tries that fail. */
export interface Backoff {
  /** The longest wait after the first failure, in milliseconds; it doubles with each further one. */
  readonly baseMs: number;
  /** No wait is longer, in milliseconds. */
  readonly capMs: number;
}

/**
 * The default cap. Once the API server is back, the last attempt that it did not answer may take 15 s to fail, and a
 * wait follows it; what was asked for meanwhile is still done within 35 s.
 */
export const LONGEST_BACKOFF_MS = 15_000;

/**
 * Milliseconds to wait after so many failures in a row (1 for the first): exponential, and drawn from the upper half
 * of its range, so that what failed together does not come back together. `random` is in [0, 1), as Math.random's.
 */
export function backoffMs(failures: number, { baseMs, capMs }: Backoff, random: () => number): number {
  if (failures <= 0) return 0;
  const longest = Math.min(capMs, baseMs * 2 ** (failures - 1));
  return (longest / 2) * (1 + random());
}
