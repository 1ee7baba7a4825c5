import type { HitCounter } from "../api/hitCounter.ts";
import { hitCounters } from "../kinds.ts";
import { keyOf, type ReconcileContext } from "../runtime/index.ts";
import type { Context } from "./context.ts";
import type { Change, Problem } from "./problem.ts";

/** One reconcile of one HitCounter under way, and what has come of it so far. */
export type Turn = ReturnType<typeof beginTurn>;

export function beginTurn(context: Context, hitCounter: HitCounter, run: ReconcileContext) {
  let asked: Promise<boolean> | undefined;
  return {
    ...run,
    context,
    hitCounter,
    memory: context.memories.of(hitCounter),
    changes: [] as Change[],
    problems: [] as Problem[],
    /** The HitCounter turned out to be gone, and its children go with it. */
    isGone: false,
    /** Finds out whether it is. Asked of the API server once, and only where a child is missing. */
    async stillThere(): Promise<boolean> {
      asked ??= isStillThere(context, hitCounter, run.signal);
      this.isGone = !(await asked);
      return !this.isGone;
    },
  };
}

/**
 * The watch of a child may tell that garbage collection took it before another one tells that its HitCounter was
 * deleted. A HitCounter that is new has lost no child yet.
 */
async function isStillThere(
  { client }: Context,
  hitCounter: HitCounter,
  signal: AbortSignal,
): Promise<boolean> {
  if (isNew(hitCounter)) return true;
  const live = await client.get(hitCounters, keyOf(hitCounter), { signal });
  return live?.metadata.uid === hitCounter.metadata.uid && !live.metadata.deletionTimestamp;
}

/** Whether no operator has told anything of a HitCounter so far. */
export const isNew = ({ status }: HitCounter) => (status?.observedGeneration ?? -1) < 0;

/** Kind and name of a child, such as `Service proxy`. */
export const titleOf = ({ kind, metadata }: { kind?: string; metadata?: { name?: string } }) =>
  `${kind} ${metadata?.name}`;
