import type { Claim, FenceAnswer, Look, Term } from "../types.ts";
import { type ConnectionOptions, connectTo } from "./connection.ts";
import { fence } from "./fence.ts";
import { admit, follow } from "./follow.ts";
import { confirmInSync, leadNoMore } from "./lead.ts";
import { look } from "./look.ts";
import { promote } from "./promote.ts";
import type { Told } from "./said.ts";

/** What a keeper says to a node. Each is one exchange, done as one or not at all, and bounded in time; none rejects. */
export interface NodeLink {
  look(): Promise<Look>;
  /** Has it promise a ballot and belong to nobody. */
  fence(ballot: number): Promise<FenceAnswer>;
  /** Has it lead in a term whose ballot it has promised, if it still has what it was elected for. */
  promote(term: Term, claim: Claim): Promise<Told>;
  /** Has it follow the holder of a term, at this address. */
  follow(term: Term, primary: string): Promise<Told>;
  /** Has one without data follow the holder of a term that it answered the ballot of. */
  admit(term: Term, primary: string): Promise<Told>;
  /** Whether both others have on disk what it has, as the primary of a term. */
  confirmInSync(term: Term): Promise<Told>;
  /** Has it lead no more in a term, by promising a higher number. */
  leadNoMore(term: Term, mark: number): Promise<Told>;
  /** Ends its connection. */
  close(): void;
}

/** Connects to a node. */
export function linkTo(options: ConnectionOptions): NodeLink {
  const connection = connectTo(options);
  return {
    look: () => look(connection),
    fence: (ballot) => fence(connection, ballot),
    promote: (term, claim) => promote(connection, term, claim),
    follow: (term, primary) => follow(connection, term, primary),
    admit: (term, primary) => admit(connection, term, primary),
    confirmInSync: (term) => confirmInSync(connection, term),
    leadNoMore: (term, mark) => leadNoMore(connection, term, mark),
    close: connection.close,
  };
}
