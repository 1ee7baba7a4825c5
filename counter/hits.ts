import type { Hit } from "./batch.ts";
import {
  type By,
  type History,
  type Look,
  type LookAnswer,
  type Pages,
  readHistory,
  readPages,
  readVisitors,
  type VisitorsByDay,
} from "./look.ts";
import { createSender, type SenderOptions } from "./sender.ts";
import { Unavailable } from "./unavailable.ts";
import { createWaitingRoom, type Waiter } from "./waitingRoom.ts";

/** The count, as the web app sees it. All reject with Unavailable where it can't be had. */
export interface Hits {
  /**
   * Counts one hit and resolves to its number: the page's, where it is of one, or 0 where that is one page more than
   * there may be, and nothing was counted. `wanted` is asked just before the hit first goes to Redis: when it says no,
   * the hit is not counted and the promise rejects.
   */
  next(wanted?: () => boolean, hit?: Hit): Promise<number>;
  /** The total, without counting. */
  total(): Promise<number>;
  /** How often a page was hit, without counting; undefined where a hit of it would not be counted. */
  page(page: string): Promise<number | undefined>;
  /** A part of the pages, from a cursor on. */
  pages(cursor?: string): Promise<Pages>;
  /** The total by hours or days. */
  history(by: By): Promise<History>;
  /** About how many different visitors there were each day; undefined where that is not counted. */
  visitors(): Promise<VisitorsByDay | undefined>;
  /**
   * The total, after all that a hit needs was done but no hit counted; it does not reject because the count has gone
   * back.
   */
  dryRun(wanted?: () => boolean): Promise<number>;
  /** How many requests wait for Redis now. */
  waiting(): number;
  /** How long the one that has waited longest has, in seconds; 0 when none waits. */
  longestWait(): number;
  /** Whether Redis holds a count below one that this process has seen: data was lost. */
  goneBack(): boolean;
}

/** What counting needs. */
export interface HitsOptions extends SenderOptions {
  patienceSeconds: number;
  maxWaiting: number;
}

const always = () => true;
const NO_HIT: Hit = {};

/** Counts in Redis: whoever asks waits in a room, and those who do so together go as one batch. */
export function redisHits(options: HitsOptions): Hits {
  const inVain = () => sender.lost() ?? new Unavailable("patience", "The count cannot be reached right now.");
  const room = createWaitingRoom({ ...options, inVain });
  const sender = createSender(room, options);
  const enter = (waiter: Waiter) => {
    room.enter(waiter);
    sender.schedule();
  };
  const total = (kind: "read" | "dryRun", wanted: () => boolean) =>
    new Promise<number>((resolve, reject) => enter({ kind, wanted, resolve, reject }));
  const see = (look: Look) =>
    new Promise<LookAnswer>((resolve, reject) =>
      enter({ kind: "look", look, wanted: always, resolve, reject }),
    );

  return {
    next: (wanted = always, hit = NO_HIT) =>
      new Promise((resolve, reject) => enter({ kind: "hit", hit, wanted, resolve, reject })),
    total: () => total("read", always),
    dryRun: (wanted = always) => total("dryRun", wanted),
    async page(page) {
      const [, hits] = await see(["page", page, options.maxPages]);
      return Number(hits) < 0 ? undefined : Number(hits);
    },
    pages: async (cursor = "0") => readPages(await see(["pages", cursor])),
    history: async (by) => readHistory(by, await see([by])),
    visitors: async () => (options.visitors ? readVisitors(await see(["visitors"])) : undefined),
    waiting: room.size,
    longestWait: room.longestWait,
    goneBack: () => sender.lost() !== undefined,
  };
}
