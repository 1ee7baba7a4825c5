/** What keeps a part of a HitCounter from being as it should be. It is data: no part holds up another. */
export interface Problem {
  /** `waiting`: something else has to happen first; `refused`: asked again, but slowly; `failed`: tried again soon. */
  readonly kind: "waiting" | "refused" | "failed";
  /** Why, in one word for programs. */
  readonly reason: string;
  /** Why, in a sentence without its full stop. */
  readonly message: string;
  /** After so many milliseconds it is worth another look. */
  readonly lookAgainMs: number;
  /** What was thrown, where it failed. */
  readonly cause?: unknown;
}

/** How soon what waits is looked at again where nothing tells that it happened, in milliseconds. */
const WAITING_MS = 10_000;

export const waiting = (message: string, lookAgainMs = WAITING_MS): Problem => ({
  kind: "waiting",
  reason: "Waiting",
  message,
  lookAgainMs,
});

/** What a person would want to know of a write. */
export interface Change {
  /** Kind and name, such as `Service proxy`. */
  readonly child: string;
  readonly result: "created" | "updated" | "repaired" | "deleted" | "passwordTaken";
}
