import type { Change, Condition, Group, GroupState } from "../types.ts";
import type { Memory } from "./decide.ts";
import { answerOf, isInSync, type Leader, leaderOf, othersThan, type Sight } from "./leader.ts";

/** What is told of a group by what was last seen of it. */
export function stateOf(
  group: Group,
  sight: Sight,
  { confirmed }: Memory,
  lastChange: Change | undefined,
): GroupState {
  const leader = leaderOf(group, sight);
  const inSync = countInSync(leader, group, sight);
  return {
    replicas: group.nodes.length,
    inSync,
    primary: leader?.leads === true ? leader.term.holder : undefined,
    term: leader?.term.number,
    lastChange,
    condition: conditionOf(),
  };

  function conditionOf(): Condition {
    const answers = group.nodes.flatMap(({ name }) => answerOf(sight, name) ?? []);
    const withoutData = answers.filter(({ term }) => term === undefined).length;
    if (leader === undefined && !group.initialised) return "NotInitialised";
    if (inSync >= 2) return whileCounting();
    // Where nothing may have been acknowledged yet, the others are about to be given their data.
    return withoutData >= 2 && group.initialised ? "DataLost" : "NoQuorum";
  }

  function whileCounting(): Condition {
    if (group.tooFewNodes) return "TooFewNodes";
    const isConfirmed = confirmed !== undefined && confirmed === leader?.term.number;
    return inSync === group.nodes.length && isConfirmed ? "InSync" : "Degraded";
  }
}

function countInSync(leader: Leader | undefined, group: Group, sight: Sight): number {
  if (leader?.leads !== true) return 0;
  return 1 + othersThan(leader, group).filter((node) => isInSync(leader, node, sight)).length;
}
