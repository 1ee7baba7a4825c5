import type { Hit } from "./batch.ts";
import type { Look, LookAnswer } from "./look.ts";
import { Unavailable } from "./unavailable.ts";

/** A request that waits for Redis. A hit and a read are answered with a number, a look with all that Redis answered. */
export type Waiter = {
  reject: (error: Unavailable) => void;
  /** Asked just before it first goes to Redis: when it says no, it doesn't. */
  wanted: () => boolean;
} & (
  | { kind: "hit"; hit: Hit; resolve: (number: number) => void }
  | { kind: "read" | "dryRun"; resolve: (number: number) => void }
  | { kind: "look"; look: Look; resolve: (answer: LookAnswer) => void }
);

/** One of them in the room. */
export type Waiting = Waiter & { deadline: number; settled: boolean };

/** What a waiting room needs. */
export interface WaitingRoomOptions {
  patienceSeconds: number;
  maxWaiting: number;
  /** Why those who lose patience have waited in vain. */
  inVain: () => Unavailable;
}

/** Where requests wait for Redis, in the order of their coming, each for as long as its patience lasts. */
export interface WaitingRoom {
  /** Lets one in, or turns it away. */
  enter(waiter: Waiter): void;
  /** Whether anybody waits who is not under way. */
  isAnyLeft(): boolean;
  /** Sends those on their way who go together; none where nobody waits. */
  take(): readonly Waiting[];
  /** Those who are under way have waited enough, answered or not. */
  dismiss(): void;
  /** Those who are under way wait again, before all others. */
  putBack(): void;
  /** Lets one go with nothing. */
  giveUp(waiter: Waiting): void;
  /** Lets those go with nothing who wait for a look. */
  giveUpLooks(): void;
  /** How many wait, those who are under way included. */
  size(): number;
  /** How long one has waited, in seconds. */
  waited(waiter: Waiting): number;
  /** How long the one has waited that has waited longest, in seconds; 0 where nobody waits. */
  longestWait(): number;
}

/** Opens a waiting room. */
export function createWaitingRoom({ patienceSeconds, maxWaiting, inVain }: WaitingRoomOptions): WaitingRoom {
  let queue: Waiting[] = [];
  let underWay: readonly Waiting[] = [];
  let timer: NodeJS.Timeout | undefined;

  const size = () => queue.length + underWay.length;
  const first = () => underWay.find(({ settled }) => !settled) ?? queue[0];
  const waited = ({ deadline }: Waiting) => patienceSeconds - (deadline - performance.now()) / 1000;

  const giveUp = (waiter: Waiting, error = inVain()) => {
    waiter.settled = true;
    waiter.reject(error);
  };

  // Once armed it is left alone: while answers come, it rings once in a patience and finds nobody.
  const armTimer = () => {
    const next = first();
    if (timer === undefined && next !== undefined) {
      timer = setTimeout(expire, Math.max(1, next.deadline - performance.now()));
      timer.unref(); // the request's connection keeps the process alive, not this
    }
  };
  const expire = () => {
    timer = undefined;
    const now = performance.now();
    for (const waiter of underWay) {
      if (!waiter.settled && waiter.deadline <= now) {
        giveUp(waiter);
      }
    }
    // All have the same patience and keep their order, so those whose time is up are the first ones.
    const firstAlive = queue.findIndex((waiter) => waiter.deadline > now);
    for (const waiter of queue.splice(0, firstAlive === -1 ? queue.length : firstAlive)) {
      giveUp(waiter);
    }
    armTimer();
  };

  /** Whether one still is to go to Redis; lets it go with nothing if not. */
  const isToGo = (waiter: Waiting, now: number) => {
    if (waiter.deadline <= now) {
      giveUp(waiter);
    } else if (!waiter.wanted()) {
      giveUp(waiter, new Unavailable("gone", "The client went away before its hit was counted."));
    }
    return !waiter.settled;
  };

  return {
    enter(waiter) {
      if (size() >= maxWaiting) {
        waiter.reject(new Unavailable("crowded", "Too many requests are waiting to be counted."));
        return;
      }
      const deadline = performance.now() + patienceSeconds * 1000;
      queue.push({ ...waiter, deadline, settled: false });
      armTimer();
    },
    isAnyLeft: () => queue.length > 0,
    take() {
      const [head] = queue;
      const [going, staying]: [Waiting[], Waiting[]] = [[], []];
      for (const waiter of queue) {
        (goTogether(head, waiter) ? going : staying).push(waiter);
      }
      queue = staying;
      const now = performance.now();
      underWay = going.filter((waiter) => isToGo(waiter, now));
      return underWay;
    },
    dismiss() {
      underWay = [];
    },
    putBack() {
      queue = [...underWay.filter(({ settled }) => !settled), ...queue];
      underWay = [];
      armTimer();
    },
    giveUp,
    giveUpLooks() {
      for (const waiter of queue) {
        if (waiter.kind === "look") giveUp(waiter);
      }
      queue = queue.filter(({ settled }) => !settled);
    },
    size,
    waited,
    longestWait() {
      const longest = first();
      return longest === undefined ? 0 : waited(longest);
    },
  };
}

/** Who wants the same look goes together; and all who want none, so that looks between them part no hits. */
const goTogether = (one: Waiting | undefined, other: Waiting) =>
  one?.kind === "look" ? other.kind === "look" && `${one.look}` === `${other.look}` : other.kind !== "look";
