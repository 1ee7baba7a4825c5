import { done, type Key, type Outcome, type ReconcileContext, requeueAfter } from "../runtime/index.ts";
import { apply } from "./apply/apply.ts";
import { ANEW_MS } from "./apply/refusal.ts";
import { askedOf, type Context } from "./context.ts";
import { replaceOutdated } from "./copies/replace.ts";
import { find } from "./find/find.ts";
import { chooseSettings } from "./find/settings.ts";
import { judge } from "./judge/judge.ts";
import { look } from "./look/look.ts";
import { tell } from "./tell/tell.ts";
import { beginTurn, type Turn } from "./turn.ts";

/** Makes the world as a HitCounter wants it, then tells how it is. */
export async function reconcile(context: Context, key: Key, run: ReconcileContext): Promise<Outcome> {
  const hitCounter = context.hitCounters.get(key);
  if (!hitCounter) forget(context, key);
  if (!hitCounter || hitCounter.metadata.deletionTimestamp) return done; // garbage collection does the rest

  const turn = beginTurn(context, hitCounter, run);
  const choice = chooseSettings(context, hitCounter);
  if (!hitCounter.spec.paused) {
    await apply(turn, await find(turn, choice));
    await replaceOutdated(turn);
  }
  if (turn.isGone) return done; // the watch is about to tell

  const seen = look(context, hitCounter);
  const judgement = judge({ ...turn, choice, seen, admission: turn.memory.admission, now: context.now() });
  const told = await tell(turn, judgement);
  return outcomeOf(turn, told ? judgement.lookAgainMs : ANEW_MS);
}

/** What failed is retried by the queue; everything else is looked at again when it may have changed. */
function outcomeOf({ problems }: Turn, lookAgainMs: number | undefined): Outcome {
  const failed = problems.find(({ kind }) => kind === "failed");
  if (failed) throw failed.cause;
  return lookAgainMs === undefined ? done : requeueAfter(lookAgainMs);
}

/** Nothing is remembered of a HitCounter that is gone. */
function forget({ memories, ...context }: Context, key: Key): void {
  memories.forget(key);
  for (const each of askedOf(context)) each.forget(key);
}
