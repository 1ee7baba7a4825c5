import { elect } from "../decide/elect.ts";
import type { FenceAnswer, Term } from "../types.ts";

/** The rules of the protocol: those that are decided, by the product's own functions, and those that nodes and counters keep. */
export interface Rules {
  readonly elect: typeof elect;
  /** A node keeps the highest ballot that it met: no fence takes it to a lower one. */
  readonly ballotOrder: boolean;
  /** A node promises each ballot once, be there two keepers of one number. */
  readonly promisedOnce: boolean;
  /** A fence makes a node nobody's replica, and nobody's primary. */
  readonly fenceDetaches: boolean;
  /** A fence ends the connections of counters. */
  readonly fenceKills: boolean;
  /** A node whose file is being rewritten is no voter. */
  readonly rewritingIsNoVote: boolean;
  /** Only the ballot that a node promised last promotes it. */
  readonly promotionChecksFence: boolean;
  /** Only a node that is where it was when it was elected is promoted. */
  readonly promotionChecksPosition: boolean;
  /** A promotion is followed by `fence` in what followers are sent. */
  readonly promotionWritesFence: boolean;
  /** A node that promised a later ballot follows no earlier primary. */
  readonly followChecksFence: boolean;
  /** A node without data follows only by a ballot that all three answered. */
  readonly admission: boolean;
  /** A process that starts takes no writes and feeds nobody. */
  readonly startsAsNobody: boolean;
  /** The script writes only in the term that its counter found. */
  readonly scriptChecks: boolean;
  /** What is acknowledged is on two nodes. */
  readonly twoCopies: boolean;
  /** What is acknowledged is on the disk of the second, not only in its memory. */
  readonly durable: boolean;
  /** What is acknowledged was confirmed in the term it was written in. */
  readonly lastCheck: boolean;
  /** A batch of which a counter is unsure is sent again as the same. */
  readonly sameBatch: boolean;
  /** No count is told that is lower than one told before. */
  readonly floor: boolean;
}

/** The protocol as it is. */
export const RULES: Rules = {
  elect,
  ballotOrder: true,
  promisedOnce: true,
  fenceDetaches: true,
  fenceKills: true,
  rewritingIsNoVote: true,
  promotionChecksFence: true,
  promotionChecksPosition: true,
  promotionWritesFence: true,
  followChecksFence: true,
  admission: true,
  startsAsNobody: true,
  scriptChecks: true,
  twoCopies: true,
  durable: true,
  lastCheck: true,
  sameBatch: true,
  floor: true,
};

/** Elects by what `change` makes of the answers' terms, but claims what they were. */
function electBy(change: (term: Term | undefined) => Term | undefined): typeof elect {
  return (answers, electorate) => {
    const changed = [...answers].map(([name, answer]): [string, FenceAnswer] => [
      name,
      answer.kind === "fenced" ? { ...answer, term: change(answer.term) } : answer,
    ]);
    const elected = elect(new Map(changed), electorate);
    const real = answers.get(elected?.primary ?? "");
    return elected && real?.kind === "fenced" ? { ...elected, term: real.term } : elected;
  };
}

/** Elects where all terms are taken for the same. */
const byPositionAlone = electBy((term) => term && { ...term, number: 1 });

/** Elects also by nodes without data, as if they had been in a term before all others. */
const byEmptyVoters = electBy((term) => term ?? { number: 1, holder: "" });

/** Elects by one answer too. */
const byOneVoter: typeof elect = (answers, electorate) => {
  const elected = elect(answers, electorate);
  const voters = [...answers].flatMap(([primary, answer]) =>
    answer.kind === "fenced" && answer.term !== undefined ? [{ ...answer, primary }] : [],
  );
  return elected ?? (voters[0] && { ...voters[0], follow: [], admit: [] });
};

/** What may happen besides what the protocol promises to bear. */
export interface Scenario {
  /** Disks may be lost where two whole copies stay; or all at once, with every copy. */
  readonly losses: "one" | "all";
  /** Whether the owner of a group remembers that something was acknowledged. */
  readonly remembers: boolean;
  readonly counters: number;
  /** The numbers of the keepers; two may have the same. */
  readonly keepers: readonly number[];
}

/** What the protocol promises to bear: a disk at a time, keepers of one number, and counters beside each other. */
export const BORNE: Scenario = { losses: "one", remembers: true, counters: 2, keepers: [0, 1, 1] };

/** All three disks are lost: what is lost then is lost, but no number is told twice. */
export const ALL_LOST: Scenario = { ...BORNE, losses: "all" };

/** And the owner forgot that the group ever began: the counter's own floor is left. */
export const ALL_FORGOTTEN: Scenario = { ...ALL_LOST, remembers: false, counters: 1 };

/** A rule, or two of which one is enough, taken out. */
export interface Mutation {
  readonly name: string;
  readonly without: Partial<Rules>;
  readonly scenario: Scenario;
}

const mutation = (name: string, without: Partial<Rules>, scenario = BORNE): Mutation => ({
  name,
  without,
  scenario,
});

/** Every rule, taken out. */
export const MUTATIONS: readonly Mutation[] = [
  mutation("the term before the position", { elect: byPositionAlone }),
  mutation("two voters", { elect: byOneVoter }),
  mutation("empty nodes are no voters", { elect: byEmptyVoters }),
  mutation(
    "no beginning but the first",
    { elect: (answers, electorate) => elect(answers, { ...electorate, initialised: false }) },
    ALL_LOST,
  ),
  mutation("nodes keep the highest ballot", { ballotOrder: false }),
  mutation("each ballot is promised once", { promisedOnce: false }),
  mutation("a fence detaches", { fenceDetaches: false }),
  mutation("a node that is being rewritten is no voter", { rewritingIsNoVote: false }),
  mutation("a promotion checks fence", { promotionChecksFence: false }),
  mutation("a promotion checks the position", { promotionChecksPosition: false }),
  mutation("a promotion writes fence", { promotionWritesFence: false }),
  mutation("following checks fence", { followChecksFence: false }),
  mutation("empty nodes are admitted by a ballot", { admission: false }),
  mutation("a process starts as nobody", { startsAsNobody: false }),
  mutation("two copies", { twoCopies: false }),
  mutation("durable before acknowledged", { durable: false }),
  mutation("connections end, or the last check", { fenceKills: false, lastCheck: false }),
  mutation("the same batch again", { sameBatch: false }),
  mutation("the floor of what was told", { floor: false }, ALL_FORGOTTEN),
];
