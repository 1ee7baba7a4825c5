import { inWords } from "../logger.ts";
import type { Connection } from "./connection.ts";
import type { Copy } from "./copies.ts";
import { type Asked, isLatestForSure, latestTerm, type Term } from "./primary.ts";

/** A primary, and the connection to it. */
export interface Primary {
  readonly connection: Connection;
  readonly term: Term;
}

/** What came of asking all copies. */
export interface Found {
  readonly primary?: Primary;
  readonly asked: readonly Asked[];
}

/** What asking needs. */
export interface FindOptions {
  copies: readonly Copy[];
  connect: (copy: Copy) => Promise<Connection>;
  /** The number of the latest term that was in use; a primary of an earlier one is none. */
  used: number;
}

/** How long the copies may take to answer (ms). */
export const FIND_WITHIN = 400;

/** Asks all copies at once what they are, and keeps the connection to the primary alone. It does not reject. */
export function findPrimary({ copies, connect, used }: FindOptions): Promise<Found> {
  return new Promise((resolve) => {
    const connections = new Map<string, Connection>();
    let asked: readonly Asked[] = copies.map(({ pod }) => ({ pod }));
    let isOver = false;

    const end = () => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      const term = latestTerm(asked, used);
      const connection = term && connections.get(term.pod);
      for (const each of connections.values()) {
        if (each !== connection) each.close();
      }
      resolve(term && connection?.isOpen() ? { primary: { connection, term }, asked } : { asked });
    };
    const timer = setTimeout(end, FIND_WITHIN);
    const heard = (answer: Asked) => {
      asked = asked.map((each) => (each.pod === answer.pod ? answer : each));
      const term = latestTerm(asked, used);
      if (term ? isLatestForSure(asked, term) : asked.every(({ said, silent }) => said ?? silent)) end();
    };
    const ask = async (copy: Copy) => {
      const { pod } = copy;
      try {
        const connection = await connect(copy);
        if (isOver) return connection.close();
        connections.set(pod, connection);
        heard({ pod, said: await connection.look() });
      } catch (error) {
        heard({ pod, silent: inWords(error) });
      }
    };
    for (const copy of copies) void ask(copy);
  });
}
