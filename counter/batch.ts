import { dataKeys } from "./contract.ts";
import type { CountingScript } from "./countingScript.ts";
import { countKey, RING } from "./data.ts";
import type { Limits } from "./floor.ts";
import { type Look, type LookAnswer, lookScript } from "./look.ts";
import { countScript } from "./script.ts";

/** A script call: its keys, then its arguments. */
export interface ScriptCall {
  script: CountingScript;
  keys: readonly string[];
  args: readonly (string | number | Buffer)[];
}

/** A hit, as the proxy sent it. */
export interface Hit {
  /** Its id: 32 hexadecimal digits. */
  id?: string | undefined;
  /** Whether it was tried before. */
  retry?: boolean;
  /** The page that it is of, which is counted apart. */
  page?: string | undefined;
  /** The address of whoever it is from, by the proxy's word. It goes no further than to tell visitors apart. */
  address?: string | undefined;
}

/** What a batch tells of the visitors that its hits are from: their day, counted from 1970 in UTC, and pairs (register, rank). */
export interface Sightings {
  readonly day: number;
  /** Numbers with spaces between them. */
  readonly places: string;
}

const NO_ID = "0".repeat(32);
const NOT_HEXADECIMAL = /[^0-9a-fA-F]/;

/** The id, if it is one. */
export const validId = (id: string | undefined): string | undefined =>
  id?.length === NO_ID.length && !NOT_HEXADECIMAL.test(id) ? id : undefined;

/**
 * A call that only reads, but raises the count or refuses it as one for a batch: it answers the total and the raise, or
 * what there is to look at.
 */
export const readCall = ({ floor, raiseFrom }: Limits, look: Look | readonly [] = []): ScriptCall => ({
  script: lookScript,
  keys: [countKey],
  args: [floor, raiseFrom, ...look],
});

/** Which batch of which writer. */
export interface BatchName {
  writer: string;
  seq: number;
}

/** The call for a batch of hits (none of them: a dry run, which writes all the same). It may be sent repeatedly. */
export function batchCall(
  { writer, seq }: BatchName,
  hits: readonly Hit[],
  { floor, raiseFrom }: Limits,
  maxPages = 0,
  sightings?: Sightings,
): ScriptCall {
  let ids = "";
  let marks = "";
  let pages = "";
  let position = 0;
  let anyId = false;
  for (const { id, retry, page } of hits) {
    position += 1;
    ids += id ?? NO_ID;
    anyId ||= id !== undefined;
    if (retry === true && id !== undefined) {
      marks += marks === "" ? `${position}` : ` ${position}`;
    }
    if (page !== undefined) {
      pages += `${position} ${page} `;
    }
  }
  return {
    script: countScript,
    keys: [countKey, `${dataKeys.writers}${writer}:${seq % RING}`],
    args: [
      floor,
      raiseFrom,
      seq,
      hits.length,
      anyId ? Buffer.from(ids, "hex") : "",
      marks,
      ...(pages === "" && sightings === undefined ? [] : [maxPages, pages]),
      ...(sightings === undefined ? [] : [sightings.day, sightings.places]),
    ],
  };
}

/** What a script answered: the numbers, or that the count has gone back to `count`. */
export type Reservation = { total: number; numberAt: (position: number) => number } | { goneBack: number };

/** Reads the script's answer to a batch of so many hits; `numberAt` is to be asked for 1, 2, 3 … in this order. */
export function readAnswer(answer: LookAnswer, hits: number): Reservation {
  const [total = 0, ...pairs] = answer as readonly number[];
  if (total === -1) {
    return { goneBack: pairs[0] ?? 0 };
  }
  let number = total - (hits - pairs.length / 2);
  let next = 0;
  const numberAt = (position: number) => {
    if (pairs[next] === position) {
      next += 2;
      return pairs[next - 1] ?? 0;
    }
    number += 1;
    return number;
  };
  return { total, numberAt };
}
