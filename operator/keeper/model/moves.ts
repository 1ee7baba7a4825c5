import { nextBallot } from "../decide/ballot.ts";
import { counterMoves } from "./counter.ts";
import type { Laws, Move } from "./laws.ts";
import { NAMES, termOf } from "./log.ts";
import { crash, fence, flush, follow, isFed, isOnline, lose, mark, promote, replicate } from "./node.ts";
import { lostAtPromotion, lostEverywhere } from "./promises.ts";
import type { Rules } from "./rules.ts";
import type { Scenario } from "./scenarios.ts";
import { at, type ModelBallot, type World } from "./world.ts";

/*
 * A model of the protocol by which a group of three counts: nodes with memory and disk, links of replication, keepers and
 * counters, of which each step, at one node, is a move of its own. A node that stalls or is cut off is one to which nothing
 * happens for a while, and a message that is late or lost one that is delivered late or never. What keepers decide, they
 * decide by the product's own functions, in operator/keeper/decide; what nodes do by hand of them, node.ts says again.
 *
 * explore.ts goes through all orders of moves within small bounds, in which a keeper may begin a ballot, and tell a node to
 * follow, whenever it likes, so that no look and no time is needed. walk.ts walks at random through more; there many of
 * the keepers' steps are what `decide` asks for by what was seen, which may be old.
 *
 * What it leaves out: time, so how long a change takes, and whether one comes; a write that is on a disk in part; a full
 * copy, or a node's transaction, that ends half-way, as Redis does either as one or not at all; Redis's own rewrites of its
 * file, other than after a full copy; batches that Redis forgets; reads; more than one batch of a counter at a time; a
 * second loss of a disk before a copy was made of the first, but where all are lost; an address that is given to another.
 * Whether Redis does what node.ts says, the tests with real Redis processes show.
 */

const NODES = [0, 1, 2];

/** Everything that can happen next: each is one step at one place, so that any order of them is a run. */
export function movesIn(world: World, laws: Laws): Move[] {
  return [
    ...counterMoves(world, laws),
    ...nodeMoves(world, laws),
    ...world.ballots.flatMap((_, index) => ballotMoves(world, laws, index)),
    ...world.messages.map((_, index) => deliver(world, laws, index)),
    ...beginMoves(world, laws),
    ...leaderMoves(world, laws),
    ...growthMoves(world, laws),
  ];
}

/** What the owner of a group does while one copy becomes three: tells that it has, and then has the first process replaced. */
function growthMoves(world: World, { rules }: Laws): Move[] {
  const move = (node: number, name: string, run: Move["run"]): Move => ({ kind: "follow", node, name, run });
  const leader = world.nodes.findIndex(({ leads, log, fence }) => leads && termOf(log)?.number === fence);
  const isInSync = world.nodes.every(
    ({ log, diskLog, rewriting }, index) =>
      (index === leader || isOnline(world, index)) &&
      !rewriting &&
      diskLog === log &&
      log === world.nodes[leader]?.log,
  );
  if (leader < 0 || !isInSync) return [];
  if (!world.isReplicated && world.counters.every(({ isLone }) => !isLone)) {
    return [
      move(-1, "it is told that there are three", (next) => {
        next.isReplicated = true;
      }),
    ];
  }
  if (!world.isReplicated || !world.isOld || leader === 0) return [];
  return [
    move(0, "a is replaced", (next) => {
      next.isOld = false;
      crash(next, rules, 0);
    }),
  ];
}

function nodeMoves(world: World, { rules, scenario, bounds }: Laws): Move[] {
  const moves: Move[] = [];
  for (const index of NODES) {
    const add = (kind: Move["kind"], name: string, run: Move["run"]) =>
      moves.push({ kind, node: index, name, run });
    const node = at(world.nodes, index);
    const name = at(NAMES, index);
    if (isFed(world, index)) {
      const leader = at(world.nodes, node.of);
      if (!isOnline(world, index) || node.log.length < leader.log.length) {
        add("node", `${name} gets more`, (next) => replicate(next, rules, index));
      }
    }
    if (node.rewriting || node.diskLog !== node.log || node.diskFence !== node.fence) {
      add("node", `${name} has it on disk`, (next) => flush(next, index));
    }
    if (world.done.crashes < bounds.crashes) {
      add("crash", `${name} starts anew`, (next) => {
        next.done.crashes += 1;
        crash(next, rules, index);
      });
    }
    if (world.done.losses < bounds.losses && mayLose(world, scenario, index)) {
      add("lose", `${name} loses its disk`, (next) => {
        next.done.losses += 1;
        loseOneOrAll(next, { rules, scenario }, index);
      });
    }
  }
  return moves;
}

/** A disk may be lost where both others have whole copies, as then no hit is on it alone; and never that of the only copy there was. */
function mayLose({ nodes, isReplicated }: World, { losses }: Scenario, index: number): boolean {
  if (losses === "all") return index === 0;
  if (index === 0 && !isReplicated) return false;
  return nodes.every(
    ({ log, rewriting }, other) => other === index || (termOf(log) !== undefined && !rewriting),
  );
}

function loseOneOrAll(world: World, { rules, scenario }: Omit<Laws, "bounds">, index: number): void {
  for (const lost of scenario.losses === "all" ? NODES : [index]) lose(world, rules, lost);
  if (scenario.losses === "one") lostEverywhere(world);
}

function beginMoves(world: World, { scenario, bounds }: Laws): Move[] {
  if (world.done.ballots >= bounds.ballots) return [];
  return scenario.keepers.flatMap((number, keeper) => {
    const known = at(world.highest, keeper);
    const seen = Math.max(known, ...world.nodes.map((node) => node.fence));
    return [...new Set([known, seen])].map((highest) => {
      const ballot = nextBallot(highest, number);
      return { kind: "begin" as const, node: -1, name: `keeper ${keeper} begins ${ballot}`, run: begin };
      function begin(next: World): void {
        beginBallot(next, keeper, ballot, undefined);
      }
    });
  });
}

/** A keeper begins a ballot: its fences are under way. */
export function beginBallot(world: World, keeper: number, ballot: number, avoid: string | undefined): void {
  world.done.ballots += 1;
  world.highest[keeper] = Math.max(at(world.highest, keeper), ballot);
  world.ballots.push({
    number: ballot,
    keeper,
    avoid,
    fences: [true, true, true],
    answers: [undefined, undefined, undefined],
    elected: undefined,
    isOver: false,
  });
}

function ballotMoves(world: World, { rules, scenario }: Laws, index: number): Move[] {
  const ballot = at(world.ballots, index);
  const moves: Move[] = [];
  const add = (
    node: number,
    name: string,
    run: (next: World, its: ModelBallot) => void,
    kind: Move["kind"] = "message",
  ) =>
    moves.push({
      kind,
      node,
      name: `${ballot.number}: ${name}`,
      run: (next) => run(next, at(next.ballots, index)),
    });
  for (const node of NODES.filter((other) => ballot.fences[other])) {
    const deliverFence = (next: World, its: ModelBallot, isHeard: boolean) => {
      its.fences[node] = false;
      const answer = fence(next, rules, node, its.number);
      if (!isHeard || its.elected !== undefined || its.isOver) return;
      its.answers[node] = answer;
      const met = answer.kind === "outbid" ? answer.fence : 0;
      next.highest[its.keeper] = Math.max(at(next.highest, its.keeper), met);
    };
    add(node, `fences ${at(NAMES, node)}`, (next, its) => deliverFence(next, its, true));
    if (ballot.elected === undefined && !ballot.isOver) {
      const name = `fences ${at(NAMES, node)}, unheard`;
      add(node, name, (next, its) => deliverFence(next, its, false), "drop");
    }
  }
  if (ballot.elected !== undefined) {
    add(NAMES.indexOf(ballot.elected.primary), `promotes ${ballot.elected.primary}`, (next, its) =>
      deliverPromotion(next, rules, scenario, its),
    );
    return moves;
  }
  if (ballot.isOver) return moves;
  const elected = rules.elect(answersOf(ballot), {
    names: NAMES,
    ...knownOf(world, scenario),
    avoid: ballot.avoid,
  });
  if (elected !== undefined) {
    add(-1, `elects ${elected.primary}`, (_, its) => {
      its.elected = elected;
      its.answers = [undefined, undefined, undefined];
    });
  }
  return moves;
}

/** What the owner of a group tells keepers of it. */
export const knownOf = ({ acknowledged, isReplicated }: World, { grows, remembers }: Scenario) => ({
  initialised: grows ? isReplicated : remembers && acknowledged.length > 0,
  alone: !isReplicated,
});

const answersOf = ({ answers }: ModelBallot) =>
  new Map(
    answers.flatMap((answer, node) => (answer === undefined ? [] : [[at(NAMES, node), answer] as const])),
  );

function deliverPromotion(world: World, rules: Rules, { losses }: Scenario, ballot: ModelBallot): void {
  const { elected, number } = ballot;
  if (elected === undefined) return;
  ballot.elected = undefined;
  ballot.isOver = true;
  if (!promote(world, rules, NAMES.indexOf(elected.primary), number, elected)) return;
  if (losses === "one") lostAtPromotion(world);
  const term = { number, holder: elected.primary };
  const tell = (kind: "follow" | "admit", names: readonly string[]) =>
    names.map((name) => ({ kind, node: NAMES.indexOf(name), term }));
  world.messages.push(...tell("follow", elected.follow), ...tell("admit", elected.admit));
}

function deliver(world: World, { rules }: Laws, index: number): Move {
  const message = at(world.messages, index);
  const { kind, node, term } = message;
  return {
    kind: "message",
    node,
    name: `${kind} ${at(NAMES, node)} ${term.holder} ${term.number}`,
    run: (next) => {
      next.messages.splice(index, 1);
      if (message.kind === "mark") mark(next, node, term, message.mark);
      else follow(next, rules, node, term, kind === "admit");
    },
  };
}

/** What a keeper that sees a primary may tell others, or it. */
function leaderMoves(world: World, { rules, bounds, scenario }: Laws): Move[] {
  const moves: Move[] = [];
  for (const index of NODES) {
    const node = at(world.nodes, index);
    const term = termOf(node.log);
    if (!node.leads || term?.number !== node.fence || term.holder !== NAMES[index]) continue;
    for (const other of NODES.filter((each) => each !== index)) {
      const { of, leads, log } = at(world.nodes, other);
      const isEmpty = termOf(log) === undefined;
      if (world.done.follows >= bounds.follows || (of === index && !leads)) continue;
      if (isEmpty && rules.admission) continue;
      moves.push({
        kind: "follow",
        node: -1,
        name: `a keeper sees that ${at(NAMES, other)} does not follow ${term.holder} ${term.number}`,
        run: (next) => {
          next.done.follows += 1;
          next.messages.push({ kind: "follow", node: other, term });
        },
      });
    }
    if (world.done.marks >= bounds.marks || !world.isReplicated) continue;
    const fenceTo = nextBallot(term.number, at(scenario.keepers, 0));
    moves.push({
      kind: "begin",
      node: -1,
      name: `a keeper wants ${term.holder} ${term.number} to hand over`,
      run: (next) => {
        next.done.marks += 1;
        next.highest[0] = Math.max(at(next.highest, 0), fenceTo);
        next.messages.push({ kind: "mark", node: index, term, mark: fenceTo });
      },
    });
  }
  return moves;
}
