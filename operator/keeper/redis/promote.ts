import type { Term } from "../types.ts";
import type { Connection } from "./connection.ts";
import { termText } from "./data.ts";
import { allOf, type Told, tell } from "./said.ts";
import { BEGIN_TERM } from "./scripts.ts";
import { LEAVE, transact } from "./transaction.ts";

/** How long a node may take to be promoted (ms). */
export const PROMOTE_MS = 1_000;

/**
 * Has a node lead in a term, provided that the last ballot it has promised is the term's. The fence is written again, so
 * that whoever follows gets it with the term.
 */
export const promote = (connection: Connection, term: Term): Promise<Told> =>
  tell(connection, PROMOTE_MS, async (send) => {
    const replies = await transact(send, ({ fence }) => fence === term.number, [
      LEAVE,
      ["eval", BEGIN_TERM, 0, termText(term), term.number],
    ]);
    if ("fence" in replies) return { kind: "declined", fence: replies.fence };
    allOf(replies);
    return { kind: "done" };
  });
