/** What a reconcile that did not fail wants next: nothing until something changes, or another look after a while. */
export interface Outcome {
  readonly requeueAfterMs?: number;
}

/** Nothing more to do until something changes. */
export const done: Outcome = Object.freeze({});

/** Look again after this many milliseconds, or earlier when something changes. */
export function requeueAfter(ms: number): Outcome {
  return { requeueAfterMs: ms };
}
