import type { Move } from "./laws.ts";

/** How likely each kind of move is chosen, where there is one, against the others. */
export type Weights = Readonly<Record<Move["kind"], number>>;

/** A walk in which much is acknowledged. */
export const USUAL: Weights = {
  counter: 20,
  node: 20,
  message: 20,
  follow: 4,
  begin: 1,
  drop: 0.5,
  crash: 0.4,
  lose: 0.4,
};

/** A walk in which nodes often start anew. */
export const CRASHING: Weights = { ...USUAL, node: 10, crash: 2, lose: 0.01 };

/** And in which replication is slow, and messages quick. */
export const LAGGING: Weights = { ...CRASHING, node: 5, message: 30, follow: 8, drop: 0.2, lose: 0.3 };

/** What may happen besides what the protocol promises to bear. */
export interface Scenario {
  /** Disks may be lost where two whole copies stay; or all at once, with every copy. */
  readonly losses: "one" | "all";
  /** Whether the owner of a group remembers that something was acknowledged. */
  readonly remembers: boolean;
  /** Whether one copy becomes three: counters know of it alone, until others that know all three replace them. */
  readonly grows: boolean;
  readonly counters: number;
  /** The numbers of the keepers; two may have the same. */
  readonly keepers: readonly number[];
  readonly weights: Weights;
}

/** What the protocol promises to bear: a disk lost at a time, two keepers of one number, and counters beside each other. */
export const BORNE: Scenario = {
  losses: "one",
  remembers: true,
  grows: false,
  counters: 2,
  keepers: [0, 1, 1],
  weights: USUAL,
};

/** All three disks are lost: what is lost then is lost, but no number is told twice. */
export const ALL_LOST: Scenario = { ...BORNE, losses: "all" };

/** And the owner forgot that the group ever began: the counter's own floor is left. */
export const ALL_FORGOTTEN: Scenario = { ...ALL_LOST, remembers: false, counters: 1 };

/** One copy becomes three while it counts, and its process often starts anew. */
export const GROWING: Scenario = { ...BORNE, grows: true, weights: { ...USUAL, crash: 1, message: 30 } };
