import { type Random, randomFrom } from "../../../test/support/random.ts";
import type { Bounds, Laws, Move } from "./laws.ts";
import { movesIn } from "./moves.ts";
import type { Weights } from "./scenarios.ts";
import { createWalkingKeeper } from "./walkingKeeper.ts";
import { createWorld, Violation, type World } from "./world.ts";

/** What came of a random walk. */
export interface Walked {
  readonly acknowledged: number;
  /** Primaries that were promoted. */
  readonly promoted: number;
  /** The last steps before a violation, and what it is. */
  readonly violation: readonly string[] | undefined;
}

/**
 * The weights of a walk: they differ by powers from one to the next, for what one hole needs much of, another needs to be
 * rare.
 */
function weightsBy(usual: Weights, random: Random): Weights {
  const about = (weight: number) => weight * 10 ** (2 * random.next() - 1);
  return {
    counter: about(usual.counter),
    node: about(usual.node),
    message: about(usual.message),
    follow: about(usual.follow),
    begin: about(usual.begin),
    drop: about(usual.drop),
    crash: about(usual.crash),
    lose: about(usual.lose),
  };
}

const MANY = Number.POSITIVE_INFINITY;

/** The bounds of walks: their steps bound the rest. */
export const FREE: Bounds = {
  hits: 200,
  entries: 400,
  ballots: MANY,
  crashes: MANY,
  losses: MANY,
  follows: MANY,
  marks: MANY,
};

/** How many ballots and messages are under way at most: others got lost. */
const UNDER_WAY = 5;
/** How many of the last steps a violation is told with. */
const STEPS_TOLD = 40;

/** Walks at random, by a seed: many of the keepers' steps are what `decide` asks for, others are anything that a keeper can do. */
export function walk(laws: Laws, seed: number, steps: number): Walked {
  const random = randomFrom(seed);
  const { counters, keepers: numbers, losses, grows } = laws.scenario;
  const begun = grows || losses !== "one" || seed % 4 !== 0;
  const world = createWorld(counters, numbers.length, { begun, grows });
  const keepers = numbers.map((_, keeper) => createWalkingKeeper(keeper, laws, random));
  const told: string[] = [];
  const weights = weightsBy(laws.scenario.weights, random);
  let away: boolean[] = [];
  const end = (violation?: string[]) => ({
    acknowledged: world.acknowledged.length,
    promoted: world.promoted.length,
    violation,
  });
  for (let step = 0; step < steps; step += 1) {
    // Nodes stall, or are cut off, for a while.
    if (step % 25 === 0) away = [0, 1, 2].map(() => random.next() < 0.15);
    const now = step * 50;
    try {
      if (random.next() < 0.1) {
        const keeper = random.pick(keepers);
        for (const node of [0, 1, 2])
          if (random.next() < 0.8) keeper.look(world, node, away[node] === true, now);
        if (random.next() < 0.8) keeper.decide(world, now);
      } else {
        const move = choose(movesIn(world, laws), away, weights, random);
        if (move === undefined) continue;
        told.push(move.name);
        move.run(world);
      }
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      return end([...told.slice(-STEPS_TOLD), error.message]);
    }
    forget(world, random);
  }
  return end();
}

function choose(
  moves: readonly Move[],
  away: readonly boolean[],
  weights: Weights,
  random: Random,
): Move | undefined {
  const possible = moves.filter(({ node }) => away[node] !== true);
  const kinds = [...new Set(possible.map(({ kind }) => kind))];
  let left = random.next() * kinds.reduce((sum, kind) => sum + weights[kind], 0);
  for (const kind of kinds) {
    left -= weights[kind];
    if (left < 0) return random.pick(possible.filter((move) => move.kind === kind));
  }
  return undefined;
}

function forget(world: World, random: Random): void {
  world.ballots = world.ballots.filter(({ isOver, fences }) => !isOver || fences.includes(true));
  while (world.ballots.length > UNDER_WAY) world.ballots.splice(random.below(world.ballots.length), 1);
  while (world.messages.length > UNDER_WAY) world.messages.splice(random.below(world.messages.length), 1);
}
