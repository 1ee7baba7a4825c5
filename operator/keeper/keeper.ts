import { isDeepStrictEqual } from "node:util";
import { type Changed, changeView, type Spoken } from "./changeView.ts";
import type { Clock } from "./clock.ts";
import { afterChange, afterConfirmed, afterFailure } from "./decide/attempts.ts";
import { decide, isCalm, type Memory, NOTHING_REMEMBERED } from "./decide/decide.ts";
import { leaderOf } from "./decide/leader.ts";
import { stateOf } from "./decide/state.ts";
import { handOver } from "./handOver.ts";
import { startHistory } from "./history.ts";
import { LOOK_EVERY_MS, startLooking } from "./looking.ts";
import { type Connect, membersOf, type Resolve } from "./members.ts";
import type { Pace } from "./pace.ts";
import type { NodeLink } from "./redis/nodeLink.ts";
import type { Action, Group, GroupState, Look } from "./types.ts";

/** Who keeps a group, and by what. */
export interface KeeperOptions {
  /** This keeper's number, from 0 up to 8. */
  readonly keeper: number;
  /** How many keepers go first. */
  readonly turn: () => number;
  readonly connect: Connect;
  readonly resolve: Resolve;
  readonly clock: Clock;
  readonly pace: Pace;
  /** In [0, 1). */
  readonly random: () => number;
  /** Milliseconds since 1970. */
  readonly timeOfDay: () => number;
  /** Told of how the group is, whenever that is another. */
  readonly onState: (state: GroupState) => void;
}

const SILENT: Look = { kind: "silent" };

/** A keeper of one group. */
export interface GroupKeeper {
  /** The group is to be this from now on. */
  update(group: Group): void;
  /** How the group is, as far as is known. */
  state(): GroupState;
  /** Ends it: nothing is begun any more, and what is under way is cut off. */
  close(): void;
}

/** Looks at the nodes of a group, decides what is to be done, and does it, for as long as it is not closed. */
export function keepGroup(first: Group, options: KeeperOptions): GroupKeeper {
  const { keeper, turn, clock, pace, random, timeOfDay, onState } = options;
  const now = () => clock.now();
  const members = membersOf(first, { ...options, onChange: (name) => void look(name) });
  const looking = startLooking(now);
  const history = startHistory(now, timeOfDay);
  /** Nodes that are being told something. */
  const busy = new Set<string>();
  let memory: Memory = NOTHING_REMEMBERED;
  let told: GroupState | undefined;
  let isChanging = false;
  let isClosed = false;
  let cancelWake = () => {};
  /** When all that answered last are to be looked at again. */
  let allAgainAt = Number.POSITIVE_INFINITY;

  const find = (name: string) =>
    looking.lookAt(name, async () => (await members.linkOf(name)?.look()) ?? SILENT);
  const look = async (name: string) => {
    if (isClosed) return;
    const isNews = await find(name);
    if (isClosed) return;
    if (!hasAnswered(name)) members.lookUp(name);
    if (isNews || !isSettled()) consider();
    else history.goesOn(looking.sight);
  };
  /** Whether nothing is to be decided, but by news. */
  const isSettled = () =>
    memory.due === undefined && memory.confirmed !== undefined && allAgainAt === Number.POSITIVE_INFINITY;
  const hasAnswered = (name: string) => looking.sight.get(name)?.look.kind === "answered";

  const wake = () => {
    const at = now();
    const isAgain = allAgainAt <= at;
    allAgainAt = isAgain ? Number.POSITIVE_INFINITY : allAgainAt;
    let next = allAgainAt;
    for (const { name, dueAt, everyMs } of dueTimes()) {
      const isDue = dueAt <= at || (isAgain && hasAnswered(name));
      if (isDue) void look(name);
      next = Math.min(next, isDue ? at + everyMs : dueAt);
    }
    cancelWake = pace.at(next, wake);
  };
  const dueTimes = () => {
    const group = members.group();
    const primary = leaderOf(group, looking.sight)?.term.holder;
    const others = isCalm(group, looking.sight, memory) ? LOOK_EVERY_MS.calm : LOOK_EVERY_MS.other;
    return group.nodes.map(({ name }) => {
      const everyMs = name === primary ? LOOK_EVERY_MS.primary : others;
      return { name, everyMs, dueAt: (looking.begunAt(name) ?? Number.NEGATIVE_INFINITY) + everyMs };
    });
  };
  const plan = () => {
    cancelWake();
    cancelWake = pace.at(Math.min(allAgainAt, ...dueTimes().map(({ dueAt }) => dueAt)), wake);
  };

  const consider = () => {
    if (isChanging || isClosed) return;
    const group = members.group();
    const decision = decide({ group, keeper, turn: turn() }, looking.sight, memory, now());
    memory = decision.memory;
    history.note(group, looking.sight, memory.due?.reason);
    allAgainAt = Number.POSITIVE_INFINITY;
    for (const action of decision.actions) act(action, group);
    tellState();
    plan();
  };

  const act = (action: Action, group: Group) => {
    const addressOf = (name: string) => group.nodes.find((node) => node.name === name)?.address;
    if (action.kind === "lookAgain") {
      allAgainAt = action.at;
    } else if (action.kind === "changeView" || action.kind === "handOver") {
      void change(action, group);
    } else if (action.kind === "confirmInSync") {
      const { term } = action;
      void tell(term.holder, async (link) => {
        const { kind } = await link.confirmInSync(term);
        if (kind !== "done") return;
        memory = afterConfirmed(memory, term.number);
        tellState();
      });
    } else {
      const { node, term } = action;
      const primary = addressOf(term.holder);
      if (primary === undefined) return;
      void tell(node, async (link) => {
        // What comes of it is looked at at once; one that did not do it is told again after its next look.
        if ((await link.follow(term, primary)).kind === "done") void look(node);
      });
    }
  };
  const tell = async (name: string, say: (link: NodeLink) => Promise<void>) => {
    const link = members.linkOf(name);
    if (link === undefined || busy.has(name)) return;
    busy.add(name);
    await say(link);
    busy.delete(name);
  };

  const change = async (action: Action & { kind: "changeView" | "handOver" }, group: Group) => {
    isChanging = true;
    const spoken = group.nodes.map(
      ({ name, address }): Spoken => ({ name, address, link: members.linkOf(name) }),
    );
    const avoid = action.kind === "changeView" ? action.avoid : action.term.holder;
    const { initialised, alone } = group;
    const ballot = { number: action.ballot, initialised, alone, avoid };
    const changed: Changed =
      action.kind === "changeView"
        ? await changeView(spoken, ballot, clock)
        : await handOver(spoken, action, ballot, clock);
    if (changed.kind === "changed") {
      memory = afterChange(memory, action.ballot);
      // Until it is seen to lead, there would seem to be none.
      await find(changed.term.holder);
    } else {
      memory = afterFailure(memory, changed.outbidBy, now(), random());
    }
    isChanging = false;
    for (const { name } of group.nodes) void look(name);
  };

  const state = () => stateOf(members.group(), looking.sight, memory, history.last);
  const tellState = () => {
    const next = state();
    if (isDeepStrictEqual(next, told)) return;
    told = next;
    onState(next);
  };

  plan();
  return {
    update(group) {
      for (const name of members.update(group)) looking.forget(name);
      consider();
      plan();
    },
    state,
    close() {
      isClosed = true;
      cancelWake();
      members.close();
    },
  };
}
