/** One of the three copies of the data. */
export interface Node {
  /** Such as `web-redis-0`: a term names its holder by it. It stays when the process behind it is another. */
  readonly name: string;
  /** Another one for each pod, such as its uid: what was seen of one says nothing of the next of the same name. */
  readonly id: string;
  /** By which keepers and the other nodes reach it, such as `10.1.2.3:6379` or `[fd00::3]:6379`; undefined while it has none. */
  readonly address: string | undefined;
}

/** What a node leads in: `term` in the data, as `NUMBER HOLDER`. */
export interface Term {
  /** The ballot by which it began, above 0. */
  readonly number: number;
  /** The name of its only primary. */
  readonly holder: string;
}

/** How far the data of a node has come. Two compare by (term, pos); offsets of replication are no position. */
export interface Position {
  /** Undefined where no primary ever wrote. */
  readonly term: Term | undefined;
  /** Calls of the script so far: `pos` in the data, 0 where there is none. */
  readonly pos: number;
  /** The highest ballot that it has promised to keep: `fence` in the data, 0 where there is none. */
  readonly fence: number;
  /** Whether there is anything of the counters in it, be it from before it had a term. */
  readonly hasData: boolean;
}

/** What makes a node the primary: how far it had come when it was fenced. With its disk it would lose it. */
export type Claim = Pick<Position, "term" | "pos">;

/** Why a node gave no answer that counts: none in time; none for us, such as an address that was given to another; or not yet. */
export type NoAnswer =
  | { readonly kind: "silent" }
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "loading" };

/** Who follows a primary, as the primary has it. */
export interface Follower {
  readonly address: string;
  /** Whether it has got everything and is sent what is new as it comes. */
  readonly online: boolean;
  /** Since it last acknowledged, in seconds. */
  readonly lagSeconds: number;
}

/** To whom a replica belongs, as the replica has it. */
export interface Link {
  /** As in {@link Node.address}; {@link NOWHERE} for one that started, or was fenced, and was told nothing since. */
  readonly primary: string;
  /** Whether it is connected and has got everything. */
  readonly up: boolean;
  /** Since it last heard anything of its primary, in seconds, which pings every second; undefined while not up. */
  readonly heardSecondsAgo: number | undefined;
}

/** The primary of a node that is nobody's replica: nothing listens there. */
export const NOWHERE = "127.0.0.1:1";

/** A node as it told of itself, all at one time. */
export interface Answer extends Position {
  readonly kind: "answered";
  /** Undefined at one that takes writes. */
  readonly link: Link | undefined;
  /** Those that follow it. */
  readonly followers: readonly Follower[];
  /** Whether a rewrite of its append-only file is going on or due: until it ends, what it has may not be on its disk. */
  readonly rewriting: boolean;
}

/** What a look at a node found. */
export type Look = Answer | NoAnswer;

/**
 * What came of a fence: it is fenced and detached, and was here by then; or its `fence` was the ballot or above, as each
 * ballot is promised once, be there two keepers of one number; or it can't promise yet.
 */
export type FenceAnswer =
  | (Position & { readonly kind: "fenced" })
  | { readonly kind: "outbid"; readonly fence: number }
  | { readonly kind: "rewriting" }
  | NoAnswer;

/** Why the primary is another, or the same in another term. */
export type Reason =
  | "PrimarySilent"
  | "PrimaryLeadsNoMore"
  | "NoPrimary"
  | "HandOver"
  | "Admission"
  | "Bootstrap";

/** What is to be done next. Nodes are named; times are those of the clock that the decision was given, in milliseconds. */
export type Action =
  /** Decide again once all that answered last were looked at by looks begun at that time or later. */
  | { readonly kind: "lookAgain"; readonly at: number }
  /** A ballot: fence all, promote one of those that answered, tell the others to follow it. */
  | {
      readonly kind: "changeView";
      readonly ballot: number;
      readonly reason: Reason;
      /** Leads only where no other has as much. */
      readonly avoid: string | undefined;
    }
  /** At the node, as one: if it has a term, and its fence is not above the term's number, replicate from the term's holder. */
  | { readonly kind: "follow"; readonly node: string; readonly term: Term }
  /** At the holder, while term and fence are as given: write, and wait until both others have it on disk. */
  | { readonly kind: "confirmInSync"; readonly term: Term }
  /**
   * At the holder, while term and fence are as given: set fence to `mark`. Once both others show it, or after a while,
   * change the view by the ballot, which is above it, avoiding the holder.
   */
  | { readonly kind: "handOver"; readonly term: Term; readonly mark: number; readonly ballot: number };

/** How a group of three is. */
export type Condition =
  /** There is a primary, and both others have what it has. */
  | "InSync"
  /** There is a primary, and one other has what it has: the next loss stops counting. */
  | "Degraded"
  /** No two nodes have what is acknowledged, for now: nothing is counted. */
  | "NoQuorum"
  /** One node can't be placed: the group is no better than Degraded. */
  | "TooFewNodes"
  /** Two nodes or more lost their data: no ballot can tell what was acknowledged. */
  | "DataLost"
  /** There has been no term yet. */
  | "NotInitialised";

/** When the primary last was another, or began another term. */
export interface Change {
  /** When the new term began, in milliseconds since 1970. */
  readonly time: number;
  /** The primary before, where it is known. */
  readonly from: string | undefined;
  readonly to: string;
  readonly reason: Reason;
  /** From when the change was due, or the primary last answered, until the new term. */
  readonly seconds: number;
}

/** What of a group is told to whoever owns it. */
export interface GroupState {
  /** How many there should be. */
  readonly replicas: number;
  /** How many have what the primary has, itself included. */
  readonly inSync: number;
  readonly primary: string | undefined;
  /** The number of its term. */
  readonly term: number | undefined;
  /** Of those that this keeper brought about or saw. */
  readonly lastChange: Change | undefined;
  readonly condition: Condition;
}

/** What a keeper last saw of a node. Times are those of the clock that decisions are given, in milliseconds. */
export interface Seen {
  readonly look: Look;
  /** When the look was begun; what it found may be as old. */
  readonly at: number;
  /** When the first of the looks was begun that it has not answered since; undefined where the last one is answered. */
  readonly silentSince: number | undefined;
}

/** A group as it is wanted. */
export interface Group {
  /** Three, in an order that is the same at all keepers. */
  readonly nodes: readonly Node[];
  /** Whether a hit may ever have been acknowledged, by two copies, as far as the owner remembers: then nothing begins anew. */
  readonly initialised: boolean;
  /** Whether there may still be writers that wait for no second copy: the one that leads hands over to nobody. Default false. */
  readonly alone?: boolean | undefined;
  /** Whether one of its nodes can't be placed. */
  readonly tooFewNodes: boolean;
  /** The name of one that is about to go and should not lead. */
  readonly leaving: string | undefined;
}
