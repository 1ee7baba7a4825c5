import type { Claim, FenceAnswer, Position } from "../types.ts";

/** For how long the third answer is waited for, once two are enough (milliseconds). */
export const THIRD_ANSWER_MS = 120;

/** What a ballot is decided by, besides the answers. */
export interface Electorate {
  /** The names of all three, in an order that is the same at all keepers. */
  readonly names: readonly string[];
  readonly initialised: boolean;
  /** Whether what was acknowledged may be on one disk alone. Default false. */
  readonly alone?: boolean | undefined;
  /** Is promoted only where no other has as much. */
  readonly avoid: string | undefined;
}

/** What a ballot comes to. */
export interface Elected extends Claim {
  /** Whom to promote, if it is still where the claim says. */
  readonly primary: string;
  /** Who has data and is then to follow. */
  readonly follow: readonly string[];
  /** Who has none, and is then to follow if the ballot is what it promised last: with its disk it would have lost that too. */
  readonly admit: readonly string[];
}

type Fenced = Position & { readonly name: string };

/** Negative where the first has come further: in a later term, or in the same one to a higher position. */
export function byPosition(one: Claim, other: Claim): number {
  return (other.term?.number ?? 0) - (one.term?.number ?? 0) || other.pos - one.pos;
}

/**
 * Whom these answers make primary: of two or more that have a term, the one that has come furthest, for two of three
 * disks have what was acknowledged, and so one of these has. Undefined where that can't be told.
 *
 * A node without a term may have promised what it forgot with its disk. It is no voter, and is admitted only where both
 * others answered the same ballot, as two voters and it are, so that no earlier primary is left which it could help to
 * acknowledge.
 *
 * Where what was acknowledged may be on one disk alone, that of the only copy there was, all three have to answer: of equals
 * the one that led goes on, though it may be the one to avoid. Its process may start anew as a primary, and counters that
 * know of no other would go on with it.
 */
export function elect(
  answers: ReadonlyMap<string, FenceAnswer>,
  { names, initialised, alone = false, avoid }: Electorate,
): Elected | undefined {
  const fenced = fencedOf(answers, names);
  const voters = fenced.filter(({ term }) => term !== undefined);
  if (alone && fenced.length < names.length) return undefined;
  if (voters.length < 2) return initialised ? undefined : begin(fenced, names);
  const furthest = [...voters].sort(byPosition)[0];
  const equals = voters.filter((voter) => furthest !== undefined && byPosition(voter, furthest) === 0);
  const primary = preferred(equals, alone ? undefined : avoid);
  if (primary === undefined) return undefined;
  return {
    ...claimOf(primary),
    follow: namesOf(voters).filter((name) => name !== primary.name),
    admit: namesOf(fenced.filter(({ term }) => term === undefined)),
  };
}

/** Whether there is nothing more to wait for: all have answered, or enough have, and the third had its time. */
export function isDecided(
  answers: ReadonlyMap<string, FenceAnswer>,
  electorate: Electorate,
  msSinceSecond: number,
): boolean {
  if (answers.size === electorate.names.length) return true;
  return msSinceSecond >= THIRD_ANSWER_MS && elect(answers, electorate) !== undefined;
}

/**
 * The first primary of all: where all three answered, and no two have data. The one that has some keeps it: it was the
 * only copy there was, or began and was ended before there was a second.
 */
function begin(fenced: readonly Fenced[], names: readonly string[]): Elected | undefined {
  if (!mayBegin(fenced, names.length)) return undefined;
  const primary = fenced.find(hasAnything) ?? fenced[0];
  if (primary === undefined) return undefined;
  return { ...claimOf(primary), follow: [], admit: names.filter((name) => name !== primary.name) };
}

/** Whether so many nodes, of which these told how they are, can have a first primary: all told, and no two have data. */
export const mayBegin = (told: readonly Position[], nodes: number): boolean =>
  told.length === nodes && told.filter(hasAnything).length <= 1;

const hasAnything = ({ term, hasData }: Position) => hasData || term !== undefined;

/** Of those that are equal: not the one to avoid, and rather the one that led than another. */
function preferred(equals: readonly Fenced[], avoid: string | undefined): Fenced | undefined {
  const wanted = equals.filter(({ name }) => name !== avoid);
  const among = wanted.length > 0 ? wanted : equals;
  return among.find(({ name, term }) => term?.holder === name) ?? among[0];
}

function fencedOf(answers: ReadonlyMap<string, FenceAnswer>, names: readonly string[]): Fenced[] {
  return names.flatMap((name) => {
    const answer = answers.get(name);
    return answer?.kind === "fenced" ? [{ ...answer, name }] : [];
  });
}

const claimOf = ({ name, term, pos }: Fenced) => ({ primary: name, term, pos });

const namesOf = (nodes: readonly Fenced[]) => nodes.map(({ name }) => name);
