import { dataKeys, earlierField } from "./contract.ts";

/**
 * The data that counters keep in Redis, whose database is this one counter's alone. Versions run side by side, so what
 * one has written the others must read.
 */

/** The key of the count. */
export const countKey = dataKeys.count;
/** The hash of the pages that are counted apart: how often each was hit. */
export const pagesKey = dataKeys.pages;
/** How many calls were answered: each writes at least this. */
export const positionKey = dataKeys.position;
/** The highest count that a caller has been told. */
export const confirmedKey = dataKeys.confirmed;
/**
 * Of three copies, in which one counts: "NUMBER POD", the pod and its term's number; and the highest number of which the
 * copy that holds it has heard. Counters read them, and never write them.
 */
export const termKey = dataKeys.term;
export const fenceKey = dataKeys.fence;

/** The hashes of the history: of each, how long a slot lasts in seconds, and how many of them are kept. */
export const histories = {
  hour: { key: dataKeys.hours, seconds: 3600, kept: 7 * 24 },
  day: { key: dataKeys.days, seconds: 86_400, kept: 2 * 365 + 1 },
} as const;
/** The field of a history that has the hits of all slots that are kept no longer. */
export const EARLIER = earlierField;

/**
 * The visitors: registers of the day that is open, a byte each; and a hash with that day, and by day how many registers
 * had each rank when it was closed. Days count from 1970 in UTC, and so many are kept.
 */
export const visitorData = {
  registers: dataKeys.visitorRegisters,
  days: dataKeys.visitors,
  open: "open",
  secondsOfDay: histories.day.seconds,
  kept: histories.day.kept,
} as const;

/**
 * How many of its last batches each writer has in Redis, a key for each. The hits of the last two alone can be counted
 * without an answer when a counter dies: one is sent before the answers to the one before are written. The earlier ones
 * cover answers that were lost on their way to the proxy.
 */
export const RING = 64;

/**
 * How long Redis remembers a batch, in seconds: longer than a request may wait (5 minutes at most) and the proxy
 * retries it (a minute), with room for a clock that jumps. A retry's number is remembered half as long at least.
 */
export const REMEMBER_SECONDS = 600;
