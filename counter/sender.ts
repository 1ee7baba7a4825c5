import { batchCall, type Hit, readAnswer, readCall, type ScriptCall } from "./batch.ts";
import type { Floor } from "./floor.ts";
import { type RedisLink, Refused, Unconfirmed, Unsent } from "./link.ts";
import type { Log } from "./logger.ts";
import type { LookAnswer } from "./look.ts";
import { type GoneBack, Unavailable } from "./unavailable.ts";
import type { Visitors } from "./visitors.ts";
import type { Waiting, WaitingRoom } from "./waitingRoom.ts";

/** What sending needs. */
export interface SenderOptions {
  link: RedisLink;
  log: Log;
  /** How many pages may be counted apart. */
  maxPages: number;
  floor: Floor;
  /**
   * Above 0 where Redis may lose what it has answered. Each process then tells Redis what it has seen as soon as it is
   * connected, and counts only so many seconds later: when all others have done so too.
   */
  settleSeconds: number;
  /** Names this process among the writers; no two may ever share it. */
  writer: string;
  /** Whose visitors are told apart, where that is wanted. */
  visitors?: Visitors | undefined;
  /** Told each time that it is not known whether a batch was counted. */
  onUnsure?: (() => void) | undefined;
  /** Told with each answer of Redis how long the first of those that waited for it had, in seconds. */
  onWaited?: (seconds: number) => void;
}

/** What takes those who wait to Redis. */
export interface Sender {
  /** Sends them before long, if that can be. */
  schedule(): void;
  /** Why nothing is counted, while Redis holds a count below one that this process has seen. */
  lost(): Unavailable | undefined;
}

/** What goes to Redis as one call. */
interface Batch {
  waiters: readonly Waiting[];
  hits: number;
  call: ScriptCall;
  /** Redis may have counted it: its answer was lost, or not confirmed. */
  unsure: boolean;
}

/** Pause before a call that Redis answered with an error (LOADING, READONLY, OOM …) is tried again (ms). */
const REFUSED_PAUSE = 100;

/**
 * Sends those who wait together to Redis as one batch, and has one in flight only. A batch whose answer was lost goes
 * again as it was, and the script answers it as it did before; so it must be settled before the next goes.
 */
export function createSender(room: WaitingRoom, options: SenderOptions): Sender {
  const { link, log, maxPages, floor, settleSeconds, writer, visitors } = options;
  const { onWaited = () => {}, onUnsure = () => {} } = options;
  let current: Batch | undefined;
  let seq = 0;
  let inFlight = false;
  let pauses = 0;
  let scheduled = false;
  let refusal = "";
  let lost: Unavailable | undefined;

  // Sending is put off to the end of the event loop's turn: what arrived in one turn goes as one batch.
  const schedule = () => {
    const isWork = room.isAnyLeft() || current !== undefined;
    if (!scheduled && !inFlight && pauses === 0 && isWork && link.isReady()) {
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
      schedule(); // those who were taken are gone, and others may be left
      return;
    }
    inFlight = true;
    try {
      const answer = await link.evaluate(batch.call);
      inFlight = false;
      answered(batch, answer);
    } catch (error) {
      inFlight = false;
      failed(batch, error);
    }
    schedule();
  };

  const take = (): Batch | undefined => {
    const waiters = room.take();
    const [first] = waiters;
    if (first === undefined) {
      return undefined;
    }
    const hits: Hit[] = [];
    for (const waiter of waiters) {
      if (waiter.kind === "hit") hits.push(waiter.hit);
    }
    return { waiters, hits: hits.length, call: callFor(waiters, first, hits), unsure: false };
  };
  const callFor = (waiters: readonly Waiting[], first: Waiting, hits: readonly Hit[]) => {
    const limits = floor.limits();
    if (first.kind === "look") {
      return readCall(limits, first.look);
    }
    if (hits.length === 0 && waiters.every(({ kind }) => kind === "read")) {
      return readCall(limits);
    }
    seq += 1;
    return batchCall({ writer, seq }, hits, limits, maxPages, visitors?.sightings(hits));
  };

  const answered = (batch: Batch, answer: LookAnswer) => {
    // A look's answer, and a mere read's, begin with the total too.
    const reservation = readAnswer(answer, batch.hits);
    if ("goneBack" in reservation) {
      goneBack(batch, { from: Number(batch.call.args[0]), to: reservation.goneBack });
      return;
    }
    const { total, numberAt } = reservation;
    const [first] = batch.waiters;
    if (first) onWaited(room.waited(first));
    floor.saw(total);
    refusal = "";
    lost = undefined;
    current = undefined;
    room.dismiss();
    void send(); // what waits by now goes before the answers are written, so that Redis works meanwhile
    let position = 0;
    for (const waiter of batch.waiters) {
      const number = waiter.kind === "hit" ? numberAt(++position) : total;
      if (waiter.settled) continue;
      if (waiter.kind === "look") waiter.resolve(answer);
      else waiter.resolve(number);
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
      if (waiter.settled || waiter.kind === "hit") continue;
      if (waiter.kind === "dryRun") {
        waiter.settled = true;
        waiter.resolve(to);
      } else {
        room.giveUp(waiter);
      }
    }
    room.giveUpLooks();
    visitors?.forget();
    putBack(batch);
    pause(REFUSED_PAUSE);
  };

  const failed = (batch: Batch, error: unknown) => {
    visitors?.forget();
    if (error instanceof Refused) {
      if (error.message !== refusal) {
        refusal = error.message;
        log("warn", "Redis refuses to count, trying again", { error, waiting: room.size() });
      }
      pause(REFUSED_PAUSE);
    } else if (!(error instanceof Unsent)) {
      batch.unsure = true;
      onUnsure();
      // What is not confirmed is told of by the link, which knows whether it was just so before.
      if (!(error instanceof Unconfirmed)) {
        log("warn", "Lost Redis's answer, asking again", { error, requests: batch.waiters.length });
      }
    }
    putBack(batch);
  };

  /** What Redis surely has not counted waits again, and whose client leaves meanwhile is not counted. */
  const putBack = (batch: Batch) => {
    if (!batch.unsure) {
      current = undefined;
      room.putBack();
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
    visitors?.forget(); // Redis may have lost what it was told
    if (settleSeconds === 0) {
      schedule();
      return;
    }
    pause(settleSeconds * 1000);
    link.evaluate(readCall(floor.limits())).then(
      ([total = 0, raisedBy = 0]) => {
        if (Number(total) < 0) return;
        // Before it counts: else the first second of a young process, if it is lost, is one that nobody may raise again.
        floor.saw(Number(total));
        if (Number(raisedBy) > 0) {
          log("warn", "Redis had lost hits, and the count was raised again", { raisedBy, to: total });
        }
      },
      () => {}, // what is wrong, the next batch finds out
    );
  };
  link.onReady(connected);
  return { schedule, lost: () => lost };
}
