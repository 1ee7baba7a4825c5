import type { Group, Reason } from "../types.ts";
import { mayBegin } from "./elect.ts";
import { answerOf, isInSync, type Leader, leaderOf, othersThan, type Sight } from "./leader.ts";

/** For how long a primary is silent before another is made (milliseconds). */
export const SILENT_MS = 1500;
/** For how long a node is left that only a ballot can bring back (milliseconds): one may be under way. */
export const ADMISSION_MS = 1000;
/** A replica that heard its primary less than this ago still hears it: it pings every second, and ages are in whole seconds. */
const HEARD_SECONDS = 2;

/** That a change of view is due, and from when on: undefined for "from when it was first seen to be". */
export interface Due {
  readonly reason: Reason;
  readonly at: number | undefined;
}

/** Whether a change is due, now or at a time to come, by what was last seen, and why. Whether it can be is another question. */
export function whyDue(group: Group, sight: Sight): Due | undefined {
  const leader = leaderOf(group, sight);
  if (leader === undefined) {
    return isBeginning(group, sight) ? { reason: "Bootstrap", at: undefined } : undefined;
  }
  if (leader.node === undefined) return { reason: "NoPrimary", at: undefined };
  if (!leader.leads) return whyWithout(leader, group, sight);
  if (othersThan(leader, group).some(({ name }) => isLeftOut(name, leader, group, sight))) {
    return { reason: "Admission", at: undefined };
  }
  const isLeaving = group.leaving === leader.term.holder && !group.alone;
  const successor = othersThan(leader, group).find((node) => isInSync(leader, node, sight));
  return isLeaving && successor !== undefined ? { reason: "HandOver", at: undefined } : undefined;
}

function whyWithout(leader: Leader, group: Group, sight: Sight): Due | undefined {
  const seen = sight.get(leader.term.holder);
  if (seen === undefined) return undefined;
  if (seen.look.kind === "answered" || seen.look.kind === "loading") {
    return { reason: "PrimaryLeadsNoMore", at: undefined };
  }
  if (othersThan(leader, group).some(({ name }) => hears(name, leader, sight))) return undefined;
  return { reason: "PrimarySilent", at: (seen.silentSince ?? seen.at) + SILENT_MS };
}

/** A primary that is silent to a keeper alone goes on. */
function hears(name: string, { node }: Leader, sight: Sight): boolean {
  const link = answerOf(sight, name)?.link;
  return (
    link?.up === true &&
    link.primary === node?.address &&
    (link.heardSecondsAgo ?? Number.POSITIVE_INFINITY) < HEARD_SECONDS
  );
}

/** Whether it answers but can't be told to follow: it promised a later ballot, or has no data, which takes all three. */
function isLeftOut(name: string, leader: Leader, group: Group, sight: Sight): boolean {
  const own = answerOf(sight, name);
  if (own === undefined) return false;
  if (own.term !== undefined) return own.fence > leader.term.number && canVote(name, sight);
  if (own.link?.primary === leader.node?.address) return false;
  const isThirdInSync = othersThan(leader, group).every(
    (other) => other.name === name || isInSync(leader, other, sight),
  );
  return isThirdInSync || isBeginning(group, sight);
}

/** Whether a ballot may hope for its answer. */
export function canVote(name: string, sight: Sight): boolean {
  const answer = answerOf(sight, name);
  return answer?.term !== undefined && !answer.rewriting;
}

/** Whether the first primary can be made: all three answer, and no two have data. */
function isBeginning({ nodes, initialised }: Group, sight: Sight): boolean {
  const answers = nodes.flatMap(({ name }) => answerOf(sight, name) ?? []);
  return !initialised && mayBegin(answers, nodes.length);
}

/** Whether a ballot can come to anything, by what was last seen. */
export function canDecide(group: Group, sight: Sight): boolean {
  const answering = group.nodes.filter(({ name }) => answerOf(sight, name) !== undefined);
  if (group.alone && answering.length < group.nodes.length) return false;
  return group.nodes.filter(({ name }) => canVote(name, sight)).length >= 2 || isBeginning(group, sight);
}
