import type { Term } from "../types.ts";
import type { Connection } from "./connection.ts";
import { numberIn, termText } from "./data.ts";
import { allOf, type Told, tell } from "./said.ts";
import { LEAD_NO_MORE, TOUCH } from "./scripts.ts";

/** How long a primary may take to say whether it leads no more (ms). */
export const LEAD_NO_MORE_MS = 1_000;
/** How long followers may take to have a write, and again to have it on disk (ms). Looks wait meanwhile. */
const SYNC_MS = 250;
/** How long a primary may take to say whether both others are in sync (ms). */
export const IN_SYNC_MS = 1_000;

const argumentsOf = (term: Term) => [termText(term), term.number] as const;

/** What a script says that does nothing where the node is the primary of that term no more. */
function saidIn(reply: unknown): Told {
  const [isDone, fence] = reply as [number, string];
  return isDone === 1 ? { kind: "done" } : { kind: "declined", fence: numberIn(fence) };
}

/**
 * Has the primary of a term promise a higher number. It counts nothing from then on, and what its followers have when they
 * show that number is everything.
 */
export const leadNoMore = (connection: Connection, term: Term, mark: number): Promise<Told> =>
  tell(connection, LEAD_NO_MORE_MS, async (send) => {
    const [reply] = allOf(await send([["eval", LEAD_NO_MORE, 0, ...argumentsOf(term), mark]], "acts"));
    return saidIn(reply);
  });

/** Whether both others have on disk what the primary of a term has: "done" where they do. What is written changes nothing. */
export const confirmInSync = (connection: Connection, term: Term): Promise<Told> =>
  tell(connection, IN_SYNC_MS, async (send) => {
    // These wait for this connection's last write: so there must be one. After the first, the second is answered at once.
    const replies = await send([
      ["eval", TOUCH, 0, ...argumentsOf(term)],
      ["wait", 2, SYNC_MS],
      ["waitaof", 1, 2, SYNC_MS],
      ["mget", "term", "fence"],
    ]);
    const [touched, , synced, kept] = allOf(replies);
    const told = saidIn(touched);
    if (told.kind !== "done") return told;
    const [local, others] = synced as [number, number];
    const [termNow, fenceNow] = kept as [string, string];
    const isHeld = termNow === termText(term) && numberIn(fenceNow) === term.number;
    return local >= 1 && others >= 2 && isHeld ? told : { kind: "declined", fence: numberIn(fenceNow) };
  });
