import type { Clock } from "./clock.ts";
import { type Elected, type Electorate, elect, isDecided, THIRD_ANSWER_MS } from "./decide/elect.ts";
import type { NodeLink } from "./redis/nodeLink.ts";
import type { Told } from "./redis/said.ts";
import type { FenceAnswer, Term } from "./types.ts";

/** A node as a change of view speaks to it. */
export interface Spoken {
  readonly name: string;
  /** By which the others reach it; undefined while it has none. */
  readonly address: string | undefined;
  readonly link: NodeLink | undefined;
}

/** What a change of view came to: a new term, or nothing, and the highest fence that it met (0 for none). */
export type Changed =
  | { readonly kind: "changed"; readonly term: Term }
  | { readonly kind: "failed"; readonly outbidBy: number };

/** A change of view: a ballot, and what it is decided by. */
export interface Ballot extends Omit<Electorate, "names"> {
  readonly number: number;
}

/**
 * Fences all nodes at once, promotes the one that has come furthest of those that answered, and tells the others to follow.
 * Whatever is lost on the way, or done by somebody else meanwhile, is safe, as each step is checked where it is done.
 */
export async function changeView(nodes: readonly Spoken[], ballot: Ballot, clock: Clock): Promise<Changed> {
  const electorate = { ...ballot, names: nodes.map(({ name }) => name) };
  const answers = await fenceAll(nodes, ballot.number, electorate, clock);
  const outbidBy = Math.max(
    0,
    ...[...answers.values()].map((each) => (each.kind === "outbid" ? each.fence : 0)),
  );
  const elected = elect(answers, electorate);
  const primary = nodes.find(({ name }) => name === elected?.primary);
  if (elected === undefined || primary?.link === undefined) return { kind: "failed", outbidBy };

  const term = { number: ballot.number, holder: primary.name };
  const told = await primary.link.promote(term, elected);
  if (told.kind !== "done") {
    return { kind: "failed", outbidBy: Math.max(outbidBy, told.kind === "declined" ? told.fence : 0) };
  }
  // Who can't be told now, or declines, is seen not to follow at the next look.
  await Promise.all(tellOthers(nodes, elected, term, primary.address));
  return { kind: "changed", term };
}

/** The answers, from when they are enough: see isDecided. */
function fenceAll(
  nodes: readonly Spoken[],
  ballot: number,
  electorate: Electorate,
  clock: Clock,
): Promise<ReadonlyMap<string, FenceAnswer>> {
  const answers = new Map<string, FenceAnswer>();
  const decided = Promise.withResolvers<ReadonlyMap<string, FenceAnswer>>();
  let secondAt = Number.POSITIVE_INFINITY;
  let cancel = () => {};
  const check = () => {
    if (!isDecided(answers, electorate, clock.now() - secondAt)) return;
    cancel();
    decided.resolve(new Map(answers));
  };
  for (const { name, link } of nodes) {
    const fenced = link?.fence(ballot) ?? Promise.resolve<FenceAnswer>({ kind: "silent" });
    void fenced.then((answer) => {
      answers.set(name, answer);
      const count = [...answers.values()].filter(({ kind }) => kind === "fenced").length;
      if (answer.kind === "fenced" && count === 2) {
        secondAt = clock.now();
        cancel = clock.after(THIRD_ANSWER_MS + 2, check); // a timer may be early by a part of a millisecond
      }
      check();
    });
  }
  return decided.promise;
}

function tellOthers(
  nodes: readonly Spoken[],
  { follow, admit }: Elected,
  term: Term,
  address: string | undefined,
): Promise<Told>[] {
  return nodes.flatMap(({ name, link }) => {
    if (link === undefined || address === undefined) return [];
    if (follow.includes(name)) return [link.follow(term, address)];
    return admit.includes(name) ? [link.admit(term, address)] : [];
  });
}
