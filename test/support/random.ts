/** Random choices that are the same for the same seed. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** A number from `from` up to `to`. */
  between(from: number, to: number): number;
  /** A whole number from 0 up to `below`, which it never is. */
  below(below: number): number;
  /** One of them. */
  pick<T>(items: readonly T[]): T;
}

/** Choices by mulberry32, which is enough for tests. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    next,
    between: (from, to) => from + next() * (to - from),
    below,
    pick<T>(items: readonly T[]): T {
      if (items.length === 0) throw new Error("there is nothing to pick from");
      return items[below(items.length)] as T;
    },
  };
}
