import type { FenceAnswer } from "../types.ts";
import type { Bounds, Laws } from "./laws.ts";
import { movesIn } from "./moves.ts";
import { copyOf, createWorld, type ModelBallot, Violation, type World } from "./world.ts";

/** What came of an exploration. */
export interface Explored {
  /** How many states there are, or were seen when there were more than `limit`. */
  readonly states: number;
  readonly isWhole: boolean;
  readonly acknowledged: number;
  /** The steps to a violation, and what it is. */
  readonly violation: readonly string[] | undefined;
}

interface Way {
  readonly name: string;
  readonly from: Way | undefined;
}

/** Goes through all states that can be reached within the bounds, in all orders of steps: the shortest way to a violation comes first. */
export function explore(laws: Laws, limit = Number.POSITIVE_INFINITY): Explored {
  const { counters, keepers } = laws.scenario;
  const first = createWorld(counters, keepers.length, { begun: true, grows: laws.scenario.grows });
  const seen = new Set([keyOf(first, laws.bounds)]);
  let acknowledged = 0;
  let edge: { world: World; way: Way | undefined }[] = [{ world: first, way: undefined }];
  while (edge.length > 0 && seen.size < limit) {
    const next: typeof edge = [];
    for (const { world: before, way: from } of edge) {
      for (const move of movesIn(before, laws)) {
        const world = copyOf(before);
        const way = { name: move.name, from };
        try {
          move.run(world);
        } catch (error) {
          if (!(error instanceof Violation)) throw error;
          return {
            states: seen.size,
            isWhole: false,
            acknowledged,
            violation: [...stepsOf(way), error.message],
          };
        }
        const key = keyOf(world, laws.bounds);
        if (seen.has(key)) continue;
        seen.add(key);
        acknowledged = Math.max(acknowledged, world.acknowledged.length);
        next.push({ world, way });
      }
    }
    edge = next;
  }
  return { states: seen.size, isWhole: edge.length === 0, acknowledged, violation: undefined };
}

function stepsOf(last: Way): string[] {
  const steps: string[] = [];
  for (let way: Way | undefined = last; way !== undefined; way = way.from) steps.unshift(way.name);
  return steps;
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
      ({ isLone, hit, resend, phase, node, term, length, floorTerm, told }) =>
        `${+isLone}${hit}.${resend}${phase}${node}/${term}/${length}/${floorTerm}/${told}`,
    ),
    ...ballots.map(ballotKey).sort(),
    ...messages.map(({ kind, node, term }) => `${kind}${node}${term.number}${term.holder}`).sort(),
    acknowledged.map(({ batch, number, term }) => `${batch}${number}/${term}`).join(),
    promoted.map(({ term, log }) => `${term}${log}`).join(),
    `${+world.isReplicated}${+world.isOld}`,
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
