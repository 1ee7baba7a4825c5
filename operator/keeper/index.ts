import type { Clock } from "./clock.ts";
import { type GroupKeeper, keepGroup } from "./keeper.ts";
import type { Resolve } from "./members.ts";
import { createPace } from "./pace.ts";
import type { Credentials } from "./redis/connection.ts";
import { linkTo } from "./redis/nodeLink.ts";
import type { Group, GroupState, Node } from "./types.ts";

export type { Clock } from "./clock.ts";
export { KEEPER_NUMBERS } from "./decide/ballot.ts";
export type { Resolve } from "./members.ts";
export type { Credentials } from "./redis/connection.ts";
export type { Change, Condition, Group, GroupState, Node, Reason } from "./types.ts";

/** What a keeper needs of its surroundings. */
export interface KeeperSurroundings {
  /** Its number, from 0 up to KEEPER_NUMBERS, and not that of another where that can be had: two of one number only get in each other's way. */
  readonly number: number;
  /** How many keepers go first. */
  readonly turn: () => number;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Milliseconds since 1970. */
  readonly timeOfDay: () => number;
}

/** A group as a keeper is given it. */
export interface KeptGroup {
  readonly group: Group;
  /** By which a node is spoken to: a user of the node's name, so that another at the same address refuses. Read before each connect. */
  readonly readCredentials: (node: Node) => Credentials | undefined;
  /** Looks up where a node is now, beside all else, while it does not answer. */
  readonly resolve: Resolve;
  /** Told of how the group is, whenever that is another. */
  readonly onState: (state: GroupState) => void;
}

/** Keeps many groups, each of three nodes that have one primary. */
export interface Keeper {
  /** Keeps a group under this key, or goes on with the one there is, as it is to be now. */
  keep(key: string, kept: KeptGroup): void;
  /** Keeps it no more. */
  forget(key: string): void;
  /** Keeps none any more. */
  close(): void;
}

/** Starts a keeper without groups. */
export function createKeeper(surroundings: KeeperSurroundings): Keeper {
  const { number, clock, random } = surroundings;
  const pace = createPace(clock);
  const groups = new Map<string, { kept: KeptGroup; keeper: GroupKeeper }>();

  const start = (key: string, kept: KeptGroup): GroupKeeper => {
    const now = () => groups.get(key)?.kept ?? kept;
    return keepGroup(kept.group, {
      ...surroundings,
      keeper: number,
      pace,
      resolve: (node) => now().resolve(node),
      onState: (state) => now().onState(state),
      connect: (node, address, onChange) => {
        const readCredentials = () => now().readCredentials(node);
        return linkTo({ address, readCredentials, clock, random, onChange });
      },
    });
  };
  return {
    keep(key, kept) {
      const known = groups.get(key);
      if (known === undefined) {
        groups.set(key, { kept, keeper: start(key, kept) });
      } else {
        known.kept = kept;
        known.keeper.update(kept.group);
      }
    },
    forget(key) {
      groups.get(key)?.keeper.close();
      groups.delete(key);
    },
    close() {
      for (const { keeper } of groups.values()) keeper.close();
      groups.clear();
    },
  };
}
