import { byPosition } from "../decide/elect.ts";
import type { Answer, Claim, FenceAnswer, Position, Term } from "../types.ts";
import { NOWHERE } from "../types.ts";
import { fenceAfter, markEntry, NAMES, posOf, termEntry, termOf } from "./log.ts";
import type { Rules } from "./rules.ts";
import { dropIt } from "./unsure.ts";
import { at, type World } from "./world.ts";

// What is done at a node: each of these is one transaction there, or something that befalls it.

/** As `REPLICAOF NO ONE`: a replica begins a history of its own, from where it is. */
function leadAlone(world: World, index: number): void {
  const node = at(world.nodes, index);
  if (!node.leads) {
    node.before = node.history;
    node.history = world.histories;
    world.histories += 1;
  }
  node.leads = true;
  node.of = -1;
}

/** As `appendfsync always`, before an answer. */
function save(world: World, index: number): void {
  const node = at(world.nodes, index);
  if (node.rewriting) return;
  node.diskLog = node.log;
  node.diskFence = node.fence;
}

function disconnect(world: World, rules: Rules, index: number): void {
  for (const counter of world.counters) if (counter.node === index) dropIt(counter, rules);
}

function positionAt(world: World, index: number): Position {
  const { log, fence } = at(world.nodes, index);
  const term = termOf(log);
  return { term, pos: posOf(log), fence, hasData: log !== "" };
}

/** Fences a node. What it writes by that, its followers are not sent. */
export function fence(world: World, rules: Rules, index: number, ballot: number): FenceAnswer {
  const node = at(world.nodes, index);
  const isOutbid = rules.promisedOnce ? node.fence >= ballot : node.fence > ballot;
  if (isOutbid && rules.ballotOrder) return { kind: "outbid", fence: node.fence };
  if (rules.fenceDetaches) {
    leadAlone(world, index);
    node.leads = false;
  }
  node.fence = ballot;
  save(world, index);
  if (rules.fenceKills) disconnect(world, rules, index);
  if (node.rewriting && rules.rewritingIsNoVote) return { kind: "rewriting" };
  return { kind: "fenced", ...positionAt(world, index) };
}

/** Promotes a node; false where it has promised another ballot by now, or is not where it was when it was elected. */
export function promote(world: World, rules: Rules, index: number, ballot: number, elected: Claim): boolean {
  const node = at(world.nodes, index);
  if (rules.promotionChecksFence && node.fence !== ballot) return false;
  if (rules.promotionChecksPosition && byPosition(elected, positionAt(world, index)) !== 0) return false;
  leadAlone(world, index);
  node.log += termEntry(ballot, index);
  node.fence = ballot;
  save(world, index);
  world.promoted = [...world.promoted, { term: ballot, log: node.log }];
  return true;
}

/** Tells a node to follow the holder of a term, or admits it. */
export function follow(world: World, rules: Rules, index: number, term: Term, admits: boolean): void {
  const node = at(world.nodes, index);
  const isEmpty = termOf(node.log) === undefined;
  const leader = NAMES.indexOf(term.holder);
  if (leader === index || (node.of === leader && !node.leads)) return;
  if (rules.admission && isEmpty && (!admits || node.fence !== term.number)) return;
  if (rules.followChecksFence && node.fence > term.number) return;
  node.leads = false;
  node.of = leader;
}

/** Marks a primary that is to hand over. */
export function mark(world: World, index: number, term: Term, fenceTo: number): void {
  const node = at(world.nodes, index);
  if (!node.leads || termOf(node.log)?.number !== term.number || node.fence !== term.number) return;
  node.log += markEntry(fenceTo);
  node.fence = fenceTo;
  save(world, index);
}

/** Whether a replica is sent what its primary has: its link can be up. */
export function isFed(world: World, index: number): boolean {
  const node = at(world.nodes, index);
  return !node.leads && node.of >= 0 && at(world.nodes, node.of).leads;
}

/** Whether a replica has got everything from its primary's history once. */
export function isOnline(world: World, index: number): boolean {
  return (
    isFed(world, index) &&
    at(world.nodes, index).history === at(world.nodes, at(world.nodes, index).of).history
  );
}

/** A replica gets one entry more; or, where it comes from another history, everything, which is not yet on its disk. */
export function replicate(world: World, rules: Rules, index: number): void {
  const node = at(world.nodes, index);
  const leader = at(world.nodes, node.of);
  if (node.history === leader.history || node.history === leader.before) {
    const entry = leader.log.slice(node.log.length, node.log.length + 1);
    node.log += entry;
    if (entry !== "") node.fence = fenceAfter(entry, node.fence, rules.promotionWritesFence);
  } else {
    node.log = leader.log;
    node.fence = leader.fence;
    node.rewriting = true;
  }
  node.history = leader.history;
  node.before = -1;
}

/** What a replica has got comes to its disk: in a moment, or, where it got everything anew, by a rewrite of its file. */
export function flush(world: World, index: number): void {
  const node = at(world.nodes, index);
  node.rewriting = false;
  save(world, index);
}

/** The process ends and starts again with what is on its disk. */
export function crash(world: World, rules: Rules, index: number): void {
  const node = at(world.nodes, index);
  node.log = node.diskLog;
  node.fence = node.diskFence;
  node.rewriting = false;
  node.leads = !rules.startsAsNobody || (world.isOld && index === 0);
  node.of = -1;
  node.history = world.histories;
  node.before = -1;
  world.histories += 1;
  disconnect(world, rules, index);
}

/** The process ends and starts again with an empty disk. */
export function lose(world: World, rules: Rules, index: number): void {
  const node = at(world.nodes, index);
  node.diskLog = "";
  node.diskFence = 0;
  crash(world, rules, index);
}

/** What the node tells a keeper that looks at it. */
export function answerAt(world: World, index: number): Answer {
  const node = at(world.nodes, index);
  const online = isOnline(world, index);
  const address = (of: number) => (of < 0 ? NOWHERE : at(NAMES, of));
  return {
    kind: "answered",
    ...positionAt(world, index),
    link: node.leads
      ? undefined
      : { primary: address(node.of), up: online, heardSecondsAgo: online ? 2 : undefined },
    followers: [0, 1, 2]
      .filter((other) => at(world.nodes, other).of === index && isOnline(world, other))
      .map((other) => ({ address: address(other), online: true, lagSeconds: 0 })),
    rewriting: node.rewriting,
  };
}
