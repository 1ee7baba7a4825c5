import type { Claim, Term } from "../types.ts";
import type { Connection } from "./connection.ts";
import { termText } from "./data.ts";
import { allOf, type Told, tell } from "./said.ts";
import { BEGIN_TERM } from "./scripts.ts";
import { LEAVE, transact, type Watched } from "./transaction.ts";

/** How long a node may take to be promoted (ms). */
export const PROMOTE_MS = 1_000;

/**
 * Has a node lead in a term, provided that the last ballot it has promised is the term's, and that it still has what it was
 * elected for: it may have lost its disk since, and promised the same ballot to a keeper of the same number. The fence is
 * written again, so that whoever follows gets it with the term.
 */
export const promote = (connection: Connection, term: Term, claim: Claim): Promise<Told> =>
  tell(connection, PROMOTE_MS, async (send) => {
    const isElected = ({ fence, ...has }: Watched) =>
      fence === term.number && has.term?.number === claim.term?.number && has.pos === claim.pos;
    const replies = await transact(send, isElected, [
      LEAVE,
      ["eval", BEGIN_TERM, 0, termText(term), term.number],
    ]);
    if ("fence" in replies) return { kind: "declined", fence: replies.fence };
    allOf(replies);
    return { kind: "done" };
  });
