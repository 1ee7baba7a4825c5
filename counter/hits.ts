import { batchCall, type Hit, type Reservation, readAnswer, readCall, type ScriptCall } from "./batch.ts";
import type { Floor } from "./floor.ts";
import type { Log } from "./logger.ts";
import { type RedisLink, Refused, Unsent } from "./redisLink.ts";

/** The count, as the web app sees it. */
export interface Hits {
  /**
   * Counts one hit and resolves to its number; rejects with Unavailable. `wanted` is asked just before the hit first
   * goes to Redis: when it says no, the hit is not counted and the promise rejects.
   */
  next(wanted?: () => boolean, hit?: Hit): Promise<number>;
  /** The total, without counting; rejects with Unavailable. */
  total(): Promise<number>;
  /**
   * The total, after all that a hit needs was done but no hit counted; rejects with Unavailable, but not because the
   * count has gone back.
   */
  dryRun(wanted?: () => boolean): Promise<number>;
  /** How many requests wait for Redis now. */
  waiting(): number;
  /** How long the one that has waited longest has, in seconds; 0 when none waits. */
  longestWait(): number;
  /** Whether Redis holds a count below one that this process has seen: data was lost. */
  goneBack(): boolean;
}

/** How far the count was, and the lower one that Redis holds. */
export interface GoneBack {
  from: number;
  to: number;
}

/** Why there is no number: the sentence is for the client, the reason for metrics. */
export class Unavailable extends Error {
  readonly reason: "crowded" | "patience" | "gone" | "lost";
  /** From which count to which it has gone back, where that is the reason. */
  readonly goneBack: GoneBack | undefined;

  constructor(reason: Unavailable["reason"], sentence: string, goneBack?: GoneBack) {
    super(sentence);
    this.reason = reason;
    this.goneBack = goneBack;
  }
}

/** What counting needs. */
export interface HitsOptions {
  link: RedisLink;
  log: Log;
  patienceSeconds: number;
  maxWaiting: number;
  floor: Floor;
  /**
   * Above 0 where Redis may lose what it has answered. Each process then tells Redis what it has seen as soon as it is
   * connected, and counts only so many seconds later: when all others have done so too.
   */
  settleSeconds: number;
  /** Names this process among the writers; no two may ever share it. */
  writer: string;
  /** Told with each answer of Redis how long the first of those that waited for it had, in seconds. */
  onWaited?: (seconds: number) => void;
}

interface Waiter {
  kind: "hit" | "read" | "dryRun";
  hit: Hit;
  wanted: () => boolean;
  resolve: (total: number) => void;
  reject: (error: Unavailable) => void;
  deadline: number;
  settled: boolean;
}

/** What goes to Redis as one call. */
interface Batch {
  waiters: Waiter[];
  hits: Waiter[];
  call: ScriptCall;
  /** Redis may have counted it: its answer was lost. */
  unsure: boolean;
}

/** Pause before a call that Redis answered with an error (LOADING, READONLY, OOM …) is tried again (ms). */
const REFUSED_PAUSE = 100;

const always = () => true;
const NO_HIT: Hit = {};

/**
 * Counts in Redis. Requests that wait together go as one batch, and only one is in flight. A batch whose answer was
 * lost goes again as it was, and the script answers it as it did before; so it must be settled before the next goes.
 */
export function redisHits(options: HitsOptions): Hits {
  const {
    link,
    log,
    patienceSeconds,
    maxWaiting,
    floor,
    settleSeconds,
    writer,
    onWaited = () => {},
  } = options;
  let queue: Waiter[] = [];
  let current: Batch | undefined;
  let seq = 0;
  let inFlight = false;
  let pauses = 0;
  let scheduled = false;
  let timer: NodeJS.Timeout | undefined;
  let refusal = "";
  let lost: Unavailable | undefined;

  const waiting = () => queue.length + (current?.waiters.length ?? 0);

  const waited = ({ deadline }: Waiter) => patienceSeconds - (deadline - performance.now()) / 1000;
  const longest = () => current?.waiters.find(({ settled }) => !settled) ?? queue[0];

  const wait = (kind: Waiter["kind"], wanted: () => boolean, hit: Hit): Promise<number> => {
    if (waiting() >= maxWaiting) {
      return Promise.reject(new Unavailable("crowded", "Too many requests are waiting to be counted."));
    }
    return new Promise((resolve, reject) => {
      const deadline = performance.now() + patienceSeconds * 1000;
      queue.push({ kind, hit, wanted, resolve, reject, deadline, settled: false });
      armTimer();
      schedule();
    });
  };

  // Once armed it is left alone: while answers come, it rings once in a patience and finds nobody.
  const armTimer = () => {
    const first = longest();
    if (timer === undefined && first !== undefined) {
      timer = setTimeout(expire, Math.max(1, first.deadline - performance.now()));
      timer.unref(); // the request's connection keeps the process alive, not this
    }
  };
  const expire = () => {
    timer = undefined;
    const now = performance.now();
    for (const waiter of current?.waiters ?? []) {
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
  const giveUp = (waiter: Waiter) => {
    waiter.settled = true;
    waiter.reject(lost ?? new Unavailable("patience", "The count cannot be reached right now."));
  };

  // Sending is put off to the end of the event loop's turn: what arrived in one turn goes as one batch.
  const schedule = () => {
    if (
      !scheduled &&
      !inFlight &&
      pauses === 0 &&
      (queue.length > 0 || current !== undefined) &&
      link.isReady()
    ) {
      scheduled = true;
      setImmediate(() => {
        scheduled = false;
        void send();
      });
    }
  };

  const send = async () => {
    if (inFlight || pauses > 0 || !link.isReady()) {
      return;
    }
    // A batch that nobody waits for any more is dropped: should a late copy of it be counted, it is counted once.
    const batch = current?.waiters.some(({ settled }) => !settled) ? current : take();
    current = batch;
    if (batch === undefined) {
      return;
    }
    inFlight = true;
    try {
      const answer = await link.evaluate(batch.call);
      inFlight = false;
      answered(batch, readAnswer(answer, batch.hits.length));
    } catch (error) {
      inFlight = false;
      failed(batch, error);
    }
    schedule();
  };

  const take = (): Batch | undefined => {
    const now = performance.now();
    const waiters: Waiter[] = [];
    for (const waiter of queue) {
      if (waiter.deadline <= now) {
        giveUp(waiter);
      } else if (waiter.wanted()) {
        waiters.push(waiter);
      } else {
        waiter.settled = true;
        waiter.reject(new Unavailable("gone", "The client went away before its hit was counted."));
      }
    }
    queue = [];
    if (waiters.length === 0) {
      return undefined;
    }
    const hits = waiters.filter(({ kind }) => kind === "hit");
    const writes = waiters.some(({ kind }) => kind !== "read");
    seq += writes ? 1 : 0;
    const call = writes
      ? batchCall(
          writer,
          seq,
          hits.map(({ hit }) => hit),
          floor.limits(),
        )
      : readCall(floor.limits());
    return { waiters, hits, call, unsure: false };
  };

  const answered = (batch: Batch, reservation: Reservation) => {
    if ("goneBack" in reservation) {
      goneBack(batch, { from: Number(batch.call.args[0]), to: reservation.goneBack });
      return;
    }
    const { total, numberAt } = reservation;
    const [first] = batch.waiters;
    if (first) onWaited(waited(first));
    floor.saw(total);
    refusal = "";
    lost = undefined;
    current = undefined;
    void send(); // what waits by now goes before the answers are written, so that Redis works meanwhile
    let position = 0;
    for (const { kind, settled, resolve } of batch.waiters) {
      const number = kind === "hit" ? numberAt(++position) : total;
      if (!settled) {
        resolve(number);
      }
    }
  };

  const goneBack = (batch: Batch, { from, to }: GoneBack) => {
    const sentence = `The count has gone back from ${from} to ${to}: data was lost, and nothing is counted until someone decides.`;
    if (lost?.message !== sentence) {
      log("error", "The count has gone back", { from, to });
      lost = new Unavailable("lost", sentence, { from, to });
    }
    // A hit waits, as it would for a Redis that is away. Who asks for the count is told, and a dry run has shown what it
    // should: were counters that start not ready for it, nobody could tell what is wrong.
    for (const waiter of batch.waiters) {
      if (waiter.kind === "read" && !waiter.settled) {
        giveUp(waiter);
      } else if (waiter.kind === "dryRun" && !waiter.settled) {
        waiter.settled = true;
        waiter.resolve(to);
      }
    }
    putBack(batch);
    pause(REFUSED_PAUSE);
  };

  const failed = (batch: Batch, error: unknown) => {
    if (error instanceof Refused) {
      if (error.message !== refusal) {
        refusal = error.message;
        log("warn", "Redis refuses to count, trying again", { error, waiting: waiting() });
      }
      pause(REFUSED_PAUSE);
    } else if (!(error instanceof Unsent)) {
      batch.unsure = true;
      log("warn", "Lost Redis's answer, asking again", { error, requests: batch.waiters.length });
    }
    putBack(batch);
  };

  /** What Redis surely has not counted waits again, and whose client leaves meanwhile is not counted. */
  const putBack = (batch: Batch) => {
    if (!batch.unsure) {
      current = undefined;
      queue = [...batch.waiters.filter(({ settled }) => !settled), ...queue];
      armTimer();
    }
  };

  const pause = (milliseconds: number) => {
    pauses += 1;
    setTimeout(() => {
      pauses -= 1;
      schedule();
    }, milliseconds);
  };

  const connected = () => {
    if (settleSeconds === 0) {
      schedule();
      return;
    }
    pause(settleSeconds * 1000);
    link.evaluate(readCall(floor.limits())).then(
      ([total = 0, raisedBy = 0]) => {
        if (total >= 0 && raisedBy > 0) {
          log("warn", "Redis had lost hits, and the count was raised again", { raisedBy, to: total });
        }
      },
      () => {}, // what is wrong, the next batch finds out
    );
  };

  link.onReady(connected);
  return {
    next: (wanted = always, hit = NO_HIT) => wait("hit", wanted, hit),
    total: () => wait("read", always, NO_HIT),
    dryRun: (wanted = always) => wait("dryRun", wanted, NO_HIT),
    waiting,
    longestWait() {
      const first = longest();
      return first === undefined ? 0 : waited(first);
    },
    goneBack: () => lost !== undefined,
  };
}
