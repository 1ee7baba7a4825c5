import type { Answer, Group, Node, Seen, Term } from "../types.ts";

/** What was last seen of each node, by its name; a node that was not looked at yet is not in it. */
export type Sight = ReadonlyMap<string, Seen>;

/** The holder of the latest term that any node told of. */
export interface Leader {
  readonly term: Term;
  /** Undefined where it is none of the group. */
  readonly node: Node | undefined;
  /** What it last told, if it answered. */
  readonly answer: Answer | undefined;
  /** Whether it takes writes in that term, and has promised nobody another. */
  readonly leads: boolean;
}

/** What the node last told, if it answered. */
export function answerOf(sight: Sight, name: string): Answer | undefined {
  const look = sight.get(name)?.look;
  return look?.kind === "answered" ? look : undefined;
}

/** The leader, or undefined while nobody tells of a term. */
export function leaderOf({ nodes }: Group, sight: Sight): Leader | undefined {
  const terms = nodes.flatMap(({ name }) => answerOf(sight, name)?.term ?? []);
  const term = terms.sort((one, other) => other.number - one.number)[0];
  if (term === undefined) return undefined;
  const node = nodes.find(({ name }) => name === term.holder);
  const answer = answerOf(sight, term.holder);
  const leads =
    node !== undefined &&
    answer !== undefined &&
    answer.link === undefined &&
    answer.term?.number === term.number &&
    answer.fence === term.number;
  return { term, node, answer, leads };
}

/** Since when a follower may not have acknowledged (seconds): it does so every second. */
const LAG_SECONDS = 2;

/** Whether the node follows the leader and has on its disk what is sent: nothing that it got is still to be written. */
export function isInSync(leader: Leader, node: Node, sight: Sight): boolean {
  const own = answerOf(sight, node.name);
  const follower = leader.answer?.followers.find(({ address }) => address === node.address);
  return (
    leader.leads &&
    own?.link?.up === true &&
    own.link.primary === leader.node?.address &&
    own.term?.number === leader.term.number &&
    !own.rewriting &&
    follower?.online === true &&
    follower.lagSeconds <= LAG_SECONDS
  );
}

/** Those of the group that do not hold the leader's term. */
export function othersThan(leader: Leader, { nodes }: Group): readonly Node[] {
  return nodes.filter(({ name }) => name !== leader.term.holder);
}
