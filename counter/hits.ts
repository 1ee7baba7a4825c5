import type { Log } from "./logger.ts";
import { type RedisLink, Refused, Unsent } from "./redisLink.ts";

/** The count, as the web app sees it. */
export interface Hits {
  /**
   * Counts one hit and resolves to the total with it; rejects with Unavailable. `wanted` is asked just before
   * the hit goes to Redis: when it says no, the hit is not counted and the promise rejects.
   */
  next(wanted?: () => boolean): Promise<number>;
  /** The total, without counting; rejects with Unavailable. */
  total(): Promise<number>;
  /** How many requests wait for Redis now. */
  waiting(): number;
}

/** Why there is no number: the sentence is for the client, the reason for metrics. */
export class Unavailable extends Error {
  readonly reason: "crowded" | "patience" | "unsure" | "gone";

  constructor(reason: Unavailable["reason"], sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.reason = reason;
  }
}

/** What counting needs. */
export interface HitsOptions {
  link: RedisLink;
  log: Log;
  patienceSeconds: number;
  maxWaiting: number;
}

interface Waiter {
  kind: "hit" | "read";
  wanted: () => boolean;
  resolve: (total: number) => void;
  reject: (error: Unavailable) => void;
  deadline: number;
}

/** Pause before a command that Redis answered with an error (LOADING, READONLY, OOM …) is tried again (ms). */
const REFUSED_PAUSE = 100;

const always = () => true;

/**
 * Counts in Redis. Requests that wait together go as one INCRBY, of which each gets its own number; only one
 * command is in flight. A hit that Redis surely has not counted waits and goes again; one whose answer was
 * lost with the connection is not sent again, as it could count twice: its request fails.
 */
export function redisHits({ link, log, patienceSeconds, maxWaiting }: HitsOptions): Hits {
  let queue: Waiter[] = [];
  let inFlight = 0;
  let timer: NodeJS.Timeout | undefined;
  let paused = false;
  let scheduled = false;
  let refusal = "";

  const wait = (kind: Waiter["kind"], wanted: () => boolean): Promise<number> => {
    if (queue.length + inFlight >= maxWaiting) {
      return Promise.reject(new Unavailable("crowded", "Too many requests are waiting to be counted."));
    }
    return new Promise((resolve, reject) => {
      const deadline = performance.now() + patienceSeconds * 1000;
      queue.push({ kind, wanted, resolve, reject, deadline });
      armTimer();
      schedule();
    });
  };

  // All waiters have the same patience and keep their order, so the first one's deadline is the earliest.
  const armTimer = () => {
    const first = queue[0];
    if (timer === undefined && first !== undefined) {
      timer = setTimeout(expire, Math.max(1, first.deadline - performance.now()));
    }
  };
  const expire = () => {
    timer = undefined;
    const now = performance.now();
    const firstAlive = queue.findIndex((waiter) => waiter.deadline > now);
    const expired = queue.splice(0, firstAlive === -1 ? queue.length : firstAlive);
    for (const waiter of expired) {
      waiter.reject(new Unavailable("patience", "The count cannot be reached right now."));
    }
    armTimer();
  };

  // Sending is put off to the end of the event loop's turn: what arrived in one turn goes as one batch.
  const schedule = () => {
    if (!scheduled && inFlight === 0 && !paused && queue.length > 0 && link.isReady()) {
      scheduled = true;
      setImmediate(() => {
        scheduled = false;
        void send();
      });
    }
  };

  const send = async () => {
    if (inFlight > 0 || paused || !link.isReady()) {
      return;
    }
    const batch = takeWanted();
    if (batch.length === 0) {
      return;
    }
    inFlight = batch.length;
    try {
      answer(batch, await ask(link, batch));
      refusal = "";
    } catch (error) {
      failed(batch, error);
    } finally {
      inFlight = 0;
      schedule();
    }
  };

  const takeWanted = () => {
    const taken = queue;
    queue = [];
    clearTimeout(timer);
    timer = undefined;
    return taken.filter((waiter) => {
      if (waiter.wanted()) {
        return true;
      }
      waiter.reject(new Unavailable("gone", "The client went away before its hit was counted."));
      return false;
    });
  };

  const failed = (batch: Waiter[], error: unknown) => {
    const uncounted = error instanceof Unsent || error instanceof Refused;
    const again = uncounted ? batch : batch.filter(({ kind }) => kind === "read");
    queue = [...again, ...queue];
    armTimer();
    if (error instanceof Refused) {
      pause(error);
    }
    if (!uncounted) {
      log("warn", "Lost Redis's answer", { error, requests: batch.length - again.length });
      const sentence = "The connection to the count broke before it answered.";
      for (const waiter of batch.filter(({ kind }) => kind === "hit")) {
        waiter.reject(new Unavailable("unsure", sentence, { cause: error }));
      }
    }
  };

  const pause = (error: Refused) => {
    if (error.message !== refusal) {
      refusal = error.message;
      log("warn", "Redis refuses to count, trying again", { error, waiting: queue.length });
    }
    paused = true;
    setTimeout(() => {
      paused = false;
      schedule();
    }, REFUSED_PAUSE);
  };

  link.onReady(schedule);
  return {
    next: (wanted = always) => wait("hit", wanted),
    total: () => wait("read", always),
    waiting: () => queue.length + inFlight,
  };
}

/** One command for all that wait: with no hit among them it is a read. */
const ask = (link: RedisLink, batch: readonly Waiter[]) => {
  const hits = batch.filter(({ kind }) => kind === "hit").length;
  return hits > 0 ? link.add(hits) : link.total();
};

/** Gives out the numbers that end at `total`, in the order the hits came; a read gets the whole. */
const answer = (batch: readonly Waiter[], total: number) => {
  let number = total - batch.filter(({ kind }) => kind === "hit").length;
  for (const waiter of batch) {
    if (waiter.kind === "hit") {
      number += 1;
      waiter.resolve(number);
    } else {
      waiter.resolve(total);
    }
  }
};
