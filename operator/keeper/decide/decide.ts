import type { Action, Group, Reason } from "../types.ts";
import { nextBallot } from "./ballot.ts";
import { ADMISSION_MS, canDecide, whyDue } from "./due.ts";
import { toFollow } from "./follow.ts";
import { answerOf, isInSync, type Leader, leaderOf, othersThan, type Sight } from "./leader.ts";

/** By how much each keeper lets the one before it go first (milliseconds). */
export const TURN_MS = 700;

/** What a keeper keeps of a group from one decision to the next. */
export interface Memory {
  /** Why a change is due, and when this keeper may make it. */
  readonly due: { readonly reason: Reason; readonly at: number } | undefined;
  /** Attempts in a row that came to nothing. */
  readonly failures: number;
  /** No attempt before this time. */
  readonly notBefore: number;
  /** The highest ballot that any node told of. */
  readonly highest: number;
  /** The number of the term in which both others last were found to have what the primary has, while they still seem to. */
  readonly confirmed: number | undefined;
}

/** What a keeper begins with. */
export const NOTHING_REMEMBERED: Memory = {
  due: undefined,
  failures: 0,
  notBefore: Number.NEGATIVE_INFINITY,
  highest: 0,
  confirmed: undefined,
};

/** Who decides, and of what. */
export interface Decider {
  readonly group: Group;
  /** This keeper's number, from 0 up to 8, and not that of another where that can be had: two of one number only get in each other's way. */
  readonly keeper: number;
  /** How many keepers go first. */
  readonly turn: number;
}

/** What is to be done, and what is to be remembered. */
export interface Decision {
  readonly actions: readonly Action[];
  readonly memory: Memory;
}

/** What is to be done about a group by what was last seen of it. Nothing that it asks for is unsafe, be what was seen as old as it may. */
export function decide(decider: Decider, sight: Sight, before: Memory, now: number): Decision {
  const { group, turn } = decider;
  const leader = leaderOf(group, sight);
  const highest = Math.max(before.highest, ...group.nodes.map(({ name }) => highestOf(sight, name)));
  const due = whyDue(group, sight);
  const memory = {
    ...before,
    highest,
    due: dueFor(turn, due, before, now),
    failures: due === undefined ? 0 : before.failures,
    confirmed: stillConfirmed(),
  };
  const changes = changesDue();
  const isChanging = changes.some(({ kind }) => kind !== "lookAgain");
  return { actions: isChanging ? changes : [...changes, ...care()], memory };

  function stillConfirmed(): number | undefined {
    const holds =
      leader !== undefined && before.confirmed === leader.term.number && allInSync(leader, group, sight);
    return holds ? before.confirmed : undefined;
  }

  function changesDue(): Action[] {
    if (memory.due === undefined) return [];
    const at = Math.max(memory.due.at, memory.notBefore);
    if (now < at) return [{ kind: "lookAgain", at }];
    // What was seen before the change was due, or before the keepers that go first had their time, may be over.
    if (group.nodes.some(({ name }) => isStale(sight, name, at))) return [{ kind: "lookAgain", at }];
    if (!canDecide(group, sight)) return [];
    return [change(decider, leader, memory.due.reason, highest)];
  }

  function care(): Action[] {
    if (leader?.leads !== true) return [];
    const confirm = memory.confirmed === undefined && allInSync(leader, group, sight);
    return [
      ...toFollow(leader, group, sight),
      ...(confirm ? [{ kind: "confirmInSync" as const, term: leader.term }] : []),
    ];
  }
}

function change(
  { group, keeper }: Decider,
  leader: Leader | undefined,
  reason: Reason,
  highest: number,
): Action {
  const ballot = nextBallot(highest, keeper);
  if (reason === "HandOver" && leader !== undefined) {
    return { kind: "handOver", term: leader.term, mark: ballot, ballot: nextBallot(ballot, keeper) };
  }
  return { kind: "changeView", ballot, reason, avoid: group.leaving };
}

function dueFor(turn: number, due: ReturnType<typeof whyDue>, before: Memory, now: number): Memory["due"] {
  if (due === undefined) return undefined;
  if (due.at !== undefined) return { reason: due.reason, at: due.at + turn * TURN_MS };
  if (before.due?.reason === due.reason) return before.due;
  return { reason: due.reason, at: now + turn * TURN_MS + (due.reason === "Admission" ? ADMISSION_MS : 0) };
}

function isStale(sight: Sight, name: string, at: number): boolean {
  const seen = sight.get(name);
  return seen?.look.kind === "answered" && seen.at < at;
}

function highestOf(sight: Sight, name: string): number {
  const answer = answerOf(sight, name);
  return Math.max(answer?.fence ?? 0, answer?.term?.number ?? 0);
}

/** Whether both others seem to have what the primary has. */
export function allInSync(leader: Leader, group: Group, sight: Sight): boolean {
  return othersThan(leader, group).every((node) => isInSync(leader, node, sight));
}

/** Whether nothing is due and nothing to be cared for: then replicas need to be looked at only rarely. */
export function isCalm(group: Group, sight: Sight, { due }: Memory): boolean {
  const leader = leaderOf(group, sight);
  return due === undefined && leader !== undefined && allInSync(leader, group, sight);
}
