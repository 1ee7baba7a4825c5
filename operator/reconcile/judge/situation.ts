import type { Choice } from "../find/settings.ts";
import type { Seen } from "../look/look.ts";
import type { Memory } from "../memory.ts";
import type { Turn } from "../turn.ts";
import type { Count } from "./count.ts";
import type { Failure } from "./version.ts";

/** What is to be judged: a HitCounter, what was seen of it, and what has come of this turn. */
export interface Evidence extends Pick<Turn, "hitCounter" | "changes" | "problems"> {
  readonly choice: Choice;
  readonly seen: Seen;
  readonly admission: Memory["admission"];
  readonly now: Date;
}

/** Everything that decides what is told of a HitCounter: the evidence, and what it shows. */
export interface Situation extends Evidence {
  readonly count: Count;
  /** What is wrong with the version that rolls out. */
  readonly failure: Failure | undefined;
  /** Why what is wanted was taken back. */
  readonly rollback: Failure | undefined;
}
