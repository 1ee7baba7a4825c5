import type { FenceAnswer } from "../types.ts";
import type { Connection } from "./connection.ts";
import { positionIn } from "./data.ts";
import { fieldsOf, isRewriting } from "./info.ts";
import { allOf, asNoAnswer } from "./said.ts";
import { PROMISE } from "./scripts.ts";
import { BELONG_TO_NOBODY, LEAVE, transact } from "./transaction.ts";

/** How long a node may take to be fenced (ms). */
export const FENCE_MS = 1_000;

/**
 * Has a node promise a ballot, belong to nobody from then on, drop all clients but this one, and tell how far it had come.
 * One that has promised this ballot or a higher one does not.
 */
export async function fence(connection: Connection, ballot: number): Promise<FenceAnswer> {
  try {
    return await connection.exchange(FENCE_MS, async (send): Promise<FenceAnswer> => {
      const replies = await transact(send, ({ fence }) => fence < ballot, [
        LEAVE,
        ["eval", PROMISE, 0, ballot],
        BELONG_TO_NOBODY,
        ["info", "persistence"],
        ["client", "kill", "type", "normal", "skipme", "yes"],
      ]);
      if ("fence" in replies) return { kind: "outbid", fence: replies.fence };
      const [, promised, , info] = allOf(replies);
      if (isRewriting(fieldsOf(String(info)))) return { kind: "rewriting" };
      const [term, pos, keys] = promised as [string, string, number];
      return { kind: "fenced", ...positionIn(term, pos, ballot, keys) };
    });
  } catch (error) {
    return asNoAnswer(error);
  }
}
