import { elect } from "../decide/elect.ts";
import type { FenceAnswer, Term } from "../types.ts";
import type { Rules } from "./rules.ts";
import { ALL_FORGOTTEN, ALL_LOST, BORNE, CRASHING, GROWING, LAGGING, type Scenario } from "./scenarios.ts";

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

/** Elects another than the one that led, where all three are equal. */
const byAnyOfEquals: typeof elect = (answers, electorate) => {
  const elected = elect(answers, electorate);
  if (elected === undefined || !electorate.alone) return elected;
  return elect(answers, { ...electorate, alone: false, avoid: elected.primary });
};

/** A rule, or two of which one is enough, taken out. */
export interface Mutation {
  readonly name: string;
  readonly without: Partial<Rules>;
  readonly scenario: Scenario;
}

const crashing = { ...BORNE, weights: CRASHING };
const lagging = { ...BORNE, weights: LAGGING };

const mutation = (name: string, without: Partial<Rules>, scenario = BORNE): Mutation => ({
  name,
  without,
  scenario,
});

/** Every rule that the promises hang on, taken out. */
export const MUTATIONS: readonly Mutation[] = [
  mutation("the term before the position", { elect: byPositionAlone }, lagging),
  mutation("two voters", { elect: byOneVoter }),
  mutation("empty nodes are no voters", { elect: byEmptyVoters }),
  mutation(
    "no beginning but the first",
    { elect: (answers, electorate) => elect(answers, { ...electorate, initialised: false }) },
    ALL_LOST,
  ),
  mutation(
    "all three, where one disk alone may have what was acknowledged",
    { elect: (answers, electorate) => elect(answers, { ...electorate, alone: false }) },
    GROWING,
  ),
  mutation("then the one that led goes on", { elect: byAnyOfEquals }, GROWING),
  mutation("nodes keep the highest ballot", { ballotOrder: false }),
  mutation("each ballot is promised once", { promisedOnce: false }),
  mutation("a fence detaches", { fenceDetaches: false }),
  mutation("a node that is being rewritten is no voter", { rewritingIsNoVote: false }, lagging),
  mutation("a promotion checks fence", { promotionChecksFence: false }, crashing),
  mutation("a promotion checks the position", { promotionChecksPosition: false }),
  mutation("following checks fence", { followChecksFence: false }),
  mutation("empty nodes are admitted by a ballot", { admission: false }),
  mutation("a process starts as nobody", { startsAsNobody: false }),
  mutation("two copies", { twoCopies: false }),
  mutation("durable before acknowledged", { durable: false }),
  mutation("connections end, or the last check", { fenceKills: false, lastCheck: false }),
  mutation("the same batch again", { sameBatch: false }),
  mutation("the floor of what was told", { floor: false }, ALL_FORGOTTEN),
];

/** Rules that are a second line: what each of them stops, another stops too. */
export const SECOND_LINES: readonly (keyof Rules)[] = [
  "fenceKills",
  "lastCheck",
  "scriptChecks",
  // Without it a follower that was not fenced may promise a ballot below its term; one alone elects nobody.
  "promotionWritesFence",
];
