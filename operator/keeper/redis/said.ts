import type { NoAnswer } from "../types.ts";
import { type Connection, NoReply, refusalIn, type Send } from "./connection.ts";

/**
 * What came of telling a node to do something: it did; it did not, as it is no more as that expects, and `fence` is what it
 * has promised; it may have, as its answer is missing; or it surely did not.
 */
export type Told =
  | { readonly kind: "done" }
  | { readonly kind: "declined"; readonly fence: number }
  | { readonly kind: "unsure" }
  | NoAnswer;

/** Why there is no answer that counts. What is no such reason is thrown on. */
export function asNoAnswer(error: unknown): NoAnswer {
  if (error instanceof NoReply) return { kind: "silent" };
  if (error instanceof Error) return refusalIn(error);
  throw error;
}

/** Tells a node something in one exchange, bounded in time (ms). */
export async function tell(
  connection: Connection,
  ms: number,
  talk: (send: Send) => Promise<Told>,
): Promise<Told> {
  try {
    return await connection.exchange(ms, talk);
  } catch (error) {
    return error instanceof NoReply && error.mayHaveActed ? { kind: "unsure" } : asNoAnswer(error);
  }
}

/** The replies as they are, where none is an error; else the first error is thrown. */
export function allOf(replies: readonly unknown[]): readonly unknown[] {
  const error = replies.find((reply) => reply instanceof Error);
  if (error !== undefined) throw error;
  return replies;
}
