import type { Condition, HitCounter } from "../../api/hitCounter.ts";
import type { Seen } from "../look/look.ts";
import type { Problem } from "../problem.ts";
import type { Count } from "./count.ts";
import type { Failure, Rollback } from "./version.ts";

/** Everything that decides what is told of a HitCounter. */
export interface Situation {
  readonly hitCounter: HitCounter;
  readonly seen: Seen;
  readonly count: Count;
  /** What is wrong with the version that rolls out. */
  readonly failure: Failure | undefined;
  readonly rollback: Rollback | undefined;
  readonly problems: readonly Problem[];
  /** What admission makes of the children otherwise than they were sent, in words. */
  readonly admission: readonly string[];
}

/** What a condition says, without when. */
export type Verdict = Pick<Condition, "type" | "status" | "reason" | "message">;
