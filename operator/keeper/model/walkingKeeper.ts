import type { Random } from "../../../test/support/random.ts";
import { afterChange, afterConfirmed, afterFailure } from "../decide/attempts.ts";
import { decide, type Memory, NOTHING_REMEMBERED } from "../decide/decide.ts";
import type { Sight } from "../decide/leader.ts";
import type { Action, Group, Seen } from "../types.ts";
import type { Laws } from "./laws.ts";
import { NAMES } from "./log.ts";
import { beginBallot, knownOf } from "./moves.ts";
import { answerAt } from "./node.ts";
import { at, type World } from "./world.ts";

/** A keeper that does what the product's `decide` asks for, by what it saw, be that as old as it may. */
export interface WalkingKeeper {
  /** Looks at a node, which may be away. */
  look(world: World, node: number, isAway: boolean, now: number): void;
  /** Decides, and sends what that asks for on its way. */
  decide(world: World, now: number): void;
}

/** The keeper of this index. */
export function createWalkingKeeper(keeper: number, laws: Laws, random: Random): WalkingKeeper {
  const sight = new Map<string, Seen>();
  let memory: Memory = NOTHING_REMEMBERED;
  let attempted: number | undefined;
  const number = at(laws.scenario.keepers, keeper);

  return {
    look(world, node, isAway, now) {
      const name = at(NAMES, node);
      const silentSince = isAway ? (sight.get(name)?.silentSince ?? now) : undefined;
      sight.set(name, { look: isAway ? { kind: "silent" } : answerAt(world, node), at: now, silentSince });
    },
    decide(world, now) {
      if (attempted !== undefined) settle(world, attempted, now);
      const group = groupOf(world, laws, random.next() < 0.1 ? random.pick(NAMES) : undefined);
      const decision = decide({ group, keeper: number, turn: keeper }, sight as Sight, memory, now);
      memory = decision.memory;
      for (const action of decision.actions) act(world, action, group);
    },
  };

  /** What became of the ballot that it began. */
  function settle(world: World, ballot: number, now: number): void {
    const isPromoted = world.promoted.some(({ term }) => term === ballot);
    memory = isPromoted
      ? afterChange(memory, ballot)
      : afterFailure(memory, at(world.highest, keeper), now, random.next());
    attempted = undefined;
  }

  function act(world: World, action: Action, group: Group): void {
    switch (action.kind) {
      case "changeView":
        attempted = action.ballot;
        beginBallot(world, keeper, action.ballot, action.avoid);
        return;
      case "handOver": {
        const node = NAMES.indexOf(action.term.holder);
        world.messages.push({ kind: "mark", node, term: action.term, mark: action.mark });
        attempted = action.ballot;
        beginBallot(world, keeper, action.ballot, group.leaving);
        return;
      }
      case "follow":
        world.messages.push({ kind: "follow", node: NAMES.indexOf(action.node), term: action.term });
        return;
      case "confirmInSync":
        memory = afterConfirmed(memory, action.term.number);
        return;
      case "lookAgain":
        return;
    }
  }
}

function groupOf(world: World, { scenario }: Laws, leaving: string | undefined): Group {
  return {
    nodes: NAMES.map((name) => ({ name, id: name, address: name })),
    ...knownOf(world, scenario),
    tooFewNodes: false,
    leaving,
  };
}
