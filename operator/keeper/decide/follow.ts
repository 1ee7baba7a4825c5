import type { Action, Group } from "../types.ts";
import { answerOf, type Leader, othersThan, type Sight } from "./leader.ts";

/**
 * Who is to be told to follow a leader that leads: those with data that follow another or nobody, and have promised nothing later.
 * None without data is, as it may have promised what it forgot with its disk.
 */
export function toFollow(leader: Leader, group: Group, sight: Sight): Action[] {
  if (leader.node?.address === undefined) return [];
  return othersThan(leader, group)
    .filter(({ name }) => {
      const own = answerOf(sight, name);
      return (
        own?.term !== undefined &&
        own.fence <= leader.term.number &&
        own.link?.primary !== leader.node?.address
      );
    })
    .map(({ name }) => ({ kind: "follow", node: name, term: leader.term }));
}
