/** A time in which one of the copies counts, and no other. */
export interface Term {
  /** As the copies hold it: "NUMBER POD". */
  readonly text: string;
  /** A later term has a higher one. */
  readonly number: number;
  /** The pod that is primary in it. */
  readonly pod: string;
}

/** What one of the copies says of itself. */
export interface Said {
  /** `master`, where it takes writes. */
  readonly role: string;
  /** The term that it holds, and the highest number of one that it has heard of. */
  readonly term: string | null;
  readonly fence: string | null;
  /** Whom it follows, where it is told to follow anybody. */
  readonly follows?: Place;
}

/** Where a copy is. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

/** One of the copies, and what it said, or why it said nothing; neither while it is waited for. */
export interface Asked {
  readonly pod: string;
  readonly said?: Said;
  readonly silent?: string;
}

/** Reads a term as the copies hold it. */
export function readTerm(text: string | null): Term | undefined {
  const [, number, pod] = /^(\d{1,15}) (\S+)$/.exec(text ?? "") ?? [];
  return text !== null && number !== undefined && pod !== undefined
    ? { text, number: Number(number), pod }
    : undefined;
}

/** The term in which this one is primary by its own word: no later one has reached it. */
const termLedBy = ({ pod, said }: Asked): Term | undefined => {
  const term = said?.role === "master" ? readTerm(said.term) : undefined;
  return term?.pod === pod && said?.fence === `${term.number}` ? term : undefined;
};

/** The latest term that one of them leads, where it is not before one that was in use already. */
export function latestTerm(asked: readonly Asked[], used: number): Term | undefined {
  const terms = asked.map(termLedBy).filter((term) => term !== undefined);
  const [latest] = terms.sort((one, other) => other.number - one.number);
  return latest !== undefined && latest.number >= used ? latest : undefined;
}

/**
 * Whether those who have not answered need not be waited for: a later term begins with two of the three, and by the word
 * of two it has not begun.
 */
export function isLatestForSure(asked: readonly Asked[], { number }: Term): boolean {
  const heardOfNoLater = asked.filter(({ said }) => said?.fence && Number(said.fence) <= number);
  return heardOfNoLater.length >= 2 || asked.every(({ said, silent }) => said ?? silent);
}

/**
 * Which pod leads by the word of those that follow it, and where they follow it. DNS may tell of a pod that is gone for as
 * long as its answers are kept.
 */
export function ledBy(asked: readonly Asked[]): { readonly pod: string; readonly place: Place } | undefined {
  const told = asked.flatMap(({ said }) => {
    const term = readTerm(said?.term ?? null);
    return said?.follows && term ? [{ ...term, place: said.follows }] : [];
  });
  return told.sort((one, other) => other.number - one.number)[0];
}

/** What each answered, for people. */
export const inFewWords = (asked: readonly Asked[]): Record<string, string> =>
  Object.fromEntries(
    asked.map(({ pod, said, silent = "no answer" }) => [
      pod,
      said === undefined
        ? silent
        : `${said.role}, term ${said.term ?? "none"}, fence ${said.fence ?? "none"}`,
    ]),
  );
