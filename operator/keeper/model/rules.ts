import { elect } from "../decide/elect.ts";

/** The rules of the protocol: those that are decided, by the product's own functions, and those that nodes and counters keep. */
export interface Rules {
  readonly elect: typeof elect;
  /** A node keeps the highest ballot that it met: no fence takes it to a lower one. */
  readonly ballotOrder: boolean;
  /** A node promises each ballot once, be there two keepers of one number. */
  readonly promisedOnce: boolean;
  /** A fence makes a node nobody's replica, and nobody's primary. */
  readonly fenceDetaches: boolean;
  /** A fence ends the connections of counters. */
  readonly fenceKills: boolean;
  /** A node whose file is being rewritten is no voter. */
  readonly rewritingIsNoVote: boolean;
  /** Only the ballot that a node promised last promotes it. */
  readonly promotionChecksFence: boolean;
  /** Only a node that is where it was when it was elected is promoted. */
  readonly promotionChecksPosition: boolean;
  /** A promotion is followed by `fence` in what followers are sent. */
  readonly promotionWritesFence: boolean;
  /** A node that promised a later ballot follows no earlier primary. */
  readonly followChecksFence: boolean;
  /** A node without data follows only by a ballot that all three answered. */
  readonly admission: boolean;
  /** A process that starts takes no writes and feeds nobody. */
  readonly startsAsNobody: boolean;
  /** The script writes only in the term that its counter found. */
  readonly scriptChecks: boolean;
  /** What is acknowledged is on two nodes. */
  readonly twoCopies: boolean;
  /** What is acknowledged is on the disk of the second, not only in its memory. */
  readonly durable: boolean;
  /** What is acknowledged was confirmed in the term it was written in. */
  readonly lastCheck: boolean;
  /** A batch of which a counter is unsure is sent again as the same. */
  readonly sameBatch: boolean;
  /** No count is told that is lower than one told before. */
  readonly floor: boolean;
}

/** The protocol as it is. */
export const RULES: Rules = {
  elect,
  ballotOrder: true,
  promisedOnce: true,
  fenceDetaches: true,
  fenceKills: true,
  rewritingIsNoVote: true,
  promotionChecksFence: true,
  promotionChecksPosition: true,
  promotionWritesFence: true,
  followChecksFence: true,
  admission: true,
  startsAsNobody: true,
  scriptChecks: true,
  twoCopies: true,
  durable: true,
  lastCheck: true,
  sameBatch: true,
  floor: true,
};
