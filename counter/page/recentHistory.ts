import type { Hits } from "../hits.ts";
import type { Log } from "../logger.ts";
import type { History } from "../look.ts";
import { Unavailable } from "../unavailable.ts";

/** What was counted lately, by hours and by days. */
export interface Recent {
  hour: History;
  day: History;
  /** When it was. */
  at: Date;
}

/** How old what is shown may be (ms): however many pages are looked at, Redis is asked once in this time. */
const FRESH = 1000;
/** The longest that a page waits for it (ms). */
const WAIT = 1000;

/** What it is had by. */
export interface RecentHistoryOptions {
  hits: Pick<Hits, "history">;
  log: Log;
  /** Milliseconds, for durations. */
  now: () => number;
}

/** Tells what was counted lately; undefined where it can't be had, or not soon: no page fails for want of it. */
export function recentHistory({ hits, log, now }: RecentHistoryOptions): () => Promise<Recent | undefined> {
  let known: Promise<Recent | undefined> | undefined;
  let freshUntil = 0;

  const ask = async () => {
    try {
      const [hour, day] = await Promise.all([hits.history("hour"), hits.history("day")]);
      return { hour, day, at: new Date() };
    } catch (error) {
      if (!(error instanceof Unavailable)) log("error", "A history could not be read", { error });
      return undefined;
    } finally {
      freshUntil = now() + FRESH;
    }
  };

  return () => {
    if (known === undefined || now() >= freshUntil) {
      freshUntil = Number.POSITIVE_INFINITY; // one is asked for at a time
      known = ask();
    }
    return soon(known);
  };
}

const soon = <T>(promise: Promise<T>) =>
  new Promise<T | undefined>((resolve) => {
    const timer = setTimeout(resolve, WAIT, undefined);
    void promise.then((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
