import type { Term } from "../types.ts";
import { hostAndPort } from "./address.ts";
import type { Connection } from "./connection.ts";
import { allOf, type Told, tell } from "./said.ts";
import { transact, type Watched } from "./transaction.ts";

/** How long a node may take to be told whom to follow (ms). */
export const FOLLOW_MS = 1_000;

/** Has a node with a term follow the holder of a term, at this address, provided that it has promised no higher ballot. */
export const follow = (connection: Connection, term: Term, primary: string): Promise<Told> =>
  replicate(connection, primary, (node) => node.term !== undefined && node.fence <= term.number);

/** Has a node without a term follow the holder of a term, provided that the last ballot it has promised is the term's. */
export const admit = (connection: Connection, term: Term, primary: string): Promise<Told> =>
  replicate(connection, primary, (node) => node.fence === term.number);

const replicate = (connection: Connection, primary: string, isFit: (node: Watched) => boolean) =>
  tell(connection, FOLLOW_MS, async (send) => {
    const { host, port } = hostAndPort(primary);
    const replies = await transact(send, isFit, [["replicaof", host, port]]);
    if ("fence" in replies) return { kind: "declined", fence: replies.fence };
    allOf(replies);
    return { kind: "done" };
  });
