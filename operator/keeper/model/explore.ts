import type { FenceAnswer } from "../types.ts";
import type { Bounds, Laws } from "./laws.ts";
import { movesIn } from "./moves.ts";
import { copyOf, createWorld, type ModelBallot, Violation, type World } from "./world.ts";

/** What came of an exploration. */
export interface Explored {
  /** How many states there are, or were looked at when `limit` was reached. */
  readonly states: number;
  readonly isWhole: boolean;
  readonly acknowledged: number;
  /** The steps to a violation, and what it is. */
  readonly violation: readonly string[] | undefined;
}

interface Reached {
  readonly world: World;
  readonly name: string;
  readonly from: Reached | undefined;
}

/** Goes through all states that can be reached within the bounds, in all orders of steps: the shortest way to a violation comes first. */
export function explore(laws: Laws, begun: boolean, limit = Number.POSITIVE_INFINITY): Explored {
  const { counters, keepers } = laws.scenario;
  const first = { world: createWorld(counters, keepers.length, begun), name: "", from: undefined };
  const seen = new Set([keyOf(first.world, laws.bounds)]);
  let acknowledged = 0;
  let edge: Reached[] = [first];
  while (edge.length > 0) {
    const next: Reached[] = [];
    for (const reached of edge) {
      for (const move of movesIn(reached.world, laws)) {
        const world = copyOf(reached.world);
        const there = { world, name: move.name, from: reached };
        try {
          move.run(world);
        } catch (error) {
          if (!(error instanceof Violation)) throw error;
          return {
            states: seen.size,
            isWhole: false,
            acknowledged,
            violation: [...wayTo(there), error.message],
          };
        }
        const key = keyOf(world, laws.bounds);
        if (seen.has(key)) continue;
        seen.add(key);
        acknowledged = Math.max(acknowledged, world.acknowledged.length);
        if (seen.size >= limit)
          return { states: seen.size, isWhole: false, acknowledged, violation: undefined };
        next.push(there);
      }
    }
    edge = next;
  }
  return { states: seen.size, isWhole: true, acknowledged, violation: undefined };
}

function wayTo(reached: Reached): string[] {
  return reached.from === undefined ? [] : [...wayTo(reached.from), reached.name];
}

/** The same for states that are the same but for the numbers of histories, which only tell one from another. */
function keyOf(world: World, bounds: Bounds): string {
  const histories = new Map<number, number>([[-1, -1]]);
  const labelOf = (history: number) => {
    const label = histories.get(history) ?? histories.size;
    histories.set(history, label);
    return label;
  };
  const { nodes, counters, ballots, messages, acknowledged, promoted, highest, hits, done } = world;
  return [
    ...nodes.map(
      (node) =>
        `${node.log}/${node.fence}/${node.diskLog}/${node.diskFence}/${node.of}/${+node.leads}${+node.rewriting}` +
        `/${labelOf(node.history)}/${labelOf(node.before)}`,
    ),
    ...counters.map(
      ({ hit, resend, phase, node, term, length, floorTerm, told }) =>
        `${hit}.${resend}${phase}${node}/${term}/${length}/${floorTerm}/${told}`,
    ),
    ...ballots.map(ballotKey).sort(),
    ...messages.map(({ kind, node, term }) => `${kind}${node}${term.number}${term.holder}`).sort(),
    acknowledged.map(({ batch, number, term }) => `${batch}${number}/${term}`).join(),
    promoted.map(({ term, log }) => `${term}${log}`).join(),
    done.ballots < bounds.ballots ? highest.join() : "",
    `${hits}/${done.ballots}/${done.crashes}/${done.losses}/${done.follows}/${done.marks}`,
  ].join("|");
}

/** Nothing of a ballot that can do nothing any more. */
function ballotKey({ number, keeper, fences, answers, elected, isOver }: ModelBallot): string {
  if (isOver && !fences.includes(true)) return "";
  const then = elected === undefined ? "" : `${elected.primary}:${elected.follow}:${elected.admit}`;
  return `${number}/${keeper}/${fences.map(Number)}/${answers.map(answerKey)}/${+isOver}${then}`;
}

function answerKey(answer: FenceAnswer | undefined): string {
  if (answer === undefined) return "";
  return answer.kind === "fenced" ? `${answer.term?.number}${answer.term?.holder}${answer.pos}` : answer.kind;
}
