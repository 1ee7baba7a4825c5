import { keepGroup } from "../../operator/keeper/keeper.ts";
import { createPace } from "../../operator/keeper/pace.ts";
import { linkTo, type NodeLink } from "../../operator/keeper/redis/nodeLink.ts";
import type { Group, GroupState } from "../../operator/keeper/types.ts";
import { systemClock } from "../../operator/runtime/clock.ts";
import type { TestNode, ThreeNodes } from "./threeNodes.ts";

/** Stands between a keeper and a node, and may do with what is said what it likes. */
export type Between = (link: NodeLink, node: TestNode) => NodeLink;

/** A keeper of three real nodes. */
export interface TestKeeper {
  state(): GroupState;
  /** Every state that it told of. */
  readonly states: readonly GroupState[];
  /** Cuts it off from all nodes, or no more. */
  cutOff(is: boolean): void;
  close(): void;
}

/** Keepers of the same three nodes, with the numbers 0, 1 and so on, who go in this order. */
export interface TestKeepers {
  readonly all: readonly TestKeeper[];
  /** Has a node be one that is about to go, or none. */
  leave(name: string | undefined): void;
  close(): void;
}

/** Connects to a node as keepers do. */
export const linkAsKeeper = (node: TestNode, password: string, onChange = () => {}): NodeLink =>
  linkTo({
    address: node.address,
    readCredentials: () => ({ username: node.name, password }),
    clock: systemClock,
    random: Math.random,
    onChange,
  });

/** Starts keepers. Once one has told of two copies, the group is known to be initialised. */
export function startKeepers(
  { nodes, password }: ThreeNodes,
  count: number,
  between: Between = (link) => link,
): TestKeepers {
  let group: Group = {
    nodes: nodes.map(({ name, address }) => ({ name, id: `${name} 1`, address })),
    initialised: false,
    tooFewNodes: false,
    leaving: undefined,
  };
  const updates: ((group: Group) => void)[] = [];
  const update = (change: Partial<Group>) => {
    group = { ...group, ...change };
    for (const each of updates) each(group);
  };
  const all = Array.from({ length: count }, (_, number): TestKeeper => {
    const states: GroupState[] = [];
    let isCutOff = false;
    const keeper = keepGroup(group, {
      keeper: number,
      turn: () => number,
      clock: systemClock,
      pace: createPace(systemClock),
      random: Math.random,
      timeOfDay: Date.now,
      resolve: async () => undefined,
      connect: ({ name }, _address, onChange) => {
        const node = nodes.find((each) => each.name === name);
        if (node === undefined) throw new Error(`${name} is no node`);
        return withCut(between(linkAsKeeper(node, password, onChange), node), () => isCutOff);
      },
      onState: (state) => {
        states.push(state);
        if (state.inSync >= 2 && !group.initialised) update({ initialised: true });
      },
    });
    updates.push(keeper.update);
    return {
      state: keeper.state,
      states,
      cutOff: (is) => {
        isCutOff = is;
      },
      close: keeper.close,
    };
  });
  return {
    all,
    leave: (leaving) => update({ leaving }),
    close: () => all.forEach((keeper) => void keeper.close()),
  };
}

/** A link on which nothing arrives while it is cut, and no answer either. */
function withCut(link: NodeLink, isCut: () => boolean): NodeLink {
  const unlessCut = async <T>(say: () => Promise<T>): Promise<T | { kind: "silent" }> => {
    if (isCut()) return { kind: "silent" };
    const answer = await say();
    return isCut() ? { kind: "silent" } : answer;
  };
  return {
    look: () => unlessCut(link.look),
    fence: (...each) => unlessCut(() => link.fence(...each)),
    promote: (...each) => unlessCut(() => link.promote(...each)),
    follow: (...each) => unlessCut(() => link.follow(...each)),
    admit: (...each) => unlessCut(() => link.admit(...each)),
    confirmInSync: (...each) => unlessCut(() => link.confirmInSync(...each)),
    leadNoMore: (...each) => unlessCut(() => link.leadNoMore(...each)),
    close: link.close,
  };
}
