import type { Elected } from "../decide/elect.ts";
import type { FenceAnswer, Term } from "../types.ts";
import { termEntry } from "./log.ts";

/** A node: a Redis and its disk. One that is away is one to which nothing happens. */
export interface ModelNode {
  log: string;
  fence: number;
  diskLog: string;
  diskFence: number;
  /** Whether what it has got is not on its disk before its file is rewritten. */
  rewriting: boolean;
  leads: boolean;
  /** Whose replica it is; -1 for nobody's. */
  of: number;
  /** The history of replication that its log belongs to, and the one that it goes on from: who has either gets the rest alone. */
  history: number;
  before: number;
}

/** A counter, with one batch at a time. */
export interface ModelCounter {
  /** Whether it knows of node 0 alone, and of no terms. */
  isLone: boolean;
  /** The hit that it is to count, and how often it was sent as another batch; -1 for none. */
  hit: number;
  resend: number;
  phase: "idle" | "found" | "written" | "copied";
  node: number;
  /** The number of the term that it found. */
  term: number;
  /** How long the log was with its call. */
  length: number;
  /** The highest term that it used, and the highest number that it told. */
  floorTerm: number;
  told: number;
}

/** A change of view under way. Each of its messages is one that may come late or never. */
export interface ModelBallot {
  number: number;
  /** The index of its keeper. */
  keeper: number;
  avoid: string | undefined;
  /** Which nodes the fence was not delivered to yet. */
  fences: boolean[];
  answers: (FenceAnswer | undefined)[];
  /** Whom its keeper is about to promote. */
  elected: Elected | undefined;
  /** Whether all that is left of it are fences that come late. */
  isOver: boolean;
}

/** What a keeper told a node to do, and was not delivered yet. */
export type Message =
  | { readonly kind: "follow" | "admit"; readonly node: number; readonly term: Term }
  | { readonly kind: "mark"; readonly node: number; readonly term: Term; readonly mark: number };

/** A hit that was acknowledged. */
export interface Acknowledged {
  readonly batch: string;
  readonly number: number;
  readonly term: number;
}

/** A primary as it was promoted. */
export interface Promoted {
  readonly term: number;
  readonly log: string;
}

/** All there is. */
export interface World {
  nodes: ModelNode[];
  counters: ModelCounter[];
  ballots: ModelBallot[];
  messages: Message[];
  /** The highest ballot that each keeper met. */
  highest: number[];
  acknowledged: readonly Acknowledged[];
  promoted: readonly Promoted[];
  hits: number;
  histories: number;
  /** Whether three copies are complete, as the owner of a group tells once they are and no lone counter is left. */
  isReplicated: boolean;
  /** Whether node 0 still is the process that was the only copy: it starts anew as a primary. */
  isOld: boolean;
  /** How often each thing happened that is bounded, or told. */
  done: { ballots: number; crashes: number; losses: number; follows: number; marks: number };
}

/** A violation of what the protocol promises. */
export class Violation extends Error {}

/** How a world begins. */
export interface Beginning {
  /** Whether node 0 leads in term 8 and the others have what it has; else all three are empty. */
  readonly begun: boolean;
  /** Whether node 0 was the only copy until then, and every counter knows of no other. */
  readonly grows: boolean;
}

/** A world in which nothing has happened yet. */
export function createWorld(counters: number, keepers: number, { begun, grows }: Beginning): World {
  const log = begun ? termEntry(8, 0) : "";
  const fence = begun ? 8 : 0;
  const node = (index: number): ModelNode => ({
    log,
    fence,
    diskLog: log,
    diskFence: fence,
    rewriting: false,
    leads: begun && index === 0,
    of: begun && index > 0 ? 0 : -1,
    history: begun ? 0 : index,
    before: -1,
  });
  return {
    nodes: [node(0), node(1), node(2)],
    counters: Array.from({ length: counters }, () => ({
      isLone: grows,
      hit: -1,
      resend: 0,
      phase: "idle",
      node: -1,
      term: 0,
      length: 0,
      floorTerm: 0,
      told: 0,
    })),
    ballots: [],
    messages: [],
    highest: Array.from({ length: keepers }, () => fence),
    acknowledged: [],
    promoted: begun ? [{ term: 8, log }] : [],
    hits: 0,
    histories: 3,
    isReplicated: !grows,
    isOld: grows,
    done: { ballots: 0, crashes: 0, losses: 0, follows: 0, marks: 0 },
  };
}

/** Another world that is the same. */
export function copyOf(world: World): World {
  return {
    ...world,
    nodes: world.nodes.map((node) => ({ ...node })),
    counters: world.counters.map((counter) => ({ ...counter })),
    ballots: world.ballots.map((ballot) => ({
      ...ballot,
      fences: ballot.fences.slice(),
      answers: ballot.answers.slice(),
    })),
    messages: world.messages.slice(),
    highest: world.highest.slice(),
    done: { ...world.done },
  };
}

/** What must not be asked for: an index that is none. */
export function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new Error(`there is no ${index} among ${items.length}`);
  return item;
}
