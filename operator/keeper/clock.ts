/** Time, as keepers need it; tests pass one that they move by hand. */
export interface Clock {
  /** Milliseconds since some fixed point; never goes back. */
  now(): number;
  /** Calls back once after `ms` milliseconds; the function it returns cancels that. */
  after(ms: number, callback: () => void): () => void;
}
