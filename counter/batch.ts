import type { Limits } from "./floor.ts";
import { countKey, RING } from "./script.ts";

/** A script call: its keys, then its arguments. */
export interface ScriptCall {
  keys: readonly string[];
  args: readonly (string | number | Buffer)[];
}

/** A hit, as the proxy sent it: its id (32 hexadecimal digits), and whether it was tried before. */
export interface Hit {
  id?: string | undefined;
  retry?: boolean;
}

const NO_ID = "0".repeat(32);
const NOT_HEXADECIMAL = /[^0-9a-fA-F]/;

/** The id, if it is one. */
export const validId = (id: string | undefined): string | undefined =>
  id?.length === NO_ID.length && !NOT_HEXADECIMAL.test(id) ? id : undefined;

/** A call that only reads the count, which is raised or refused as for a batch; it answers the total and the raise. */
export const readCall = ({ floor, raiseFrom }: Limits): ScriptCall => ({
  keys: [countKey],
  args: [floor, raiseFrom],
});

/** The call for a batch of hits (none of them: a dry run, which writes all the same). It may be sent repeatedly. */
export function batchCall(
  writer: string,
  seq: number,
  hits: readonly Hit[],
  { floor, raiseFrom }: Limits,
): ScriptCall {
  let ids = "";
  let marks = "";
  let position = 0;
  let anyId = false;
  for (const { id, retry } of hits) {
    position += 1;
    ids += id ?? NO_ID;
    anyId ||= id !== undefined;
    if (retry === true && id !== undefined) {
      marks += marks === "" ? `${position}` : ` ${position}`;
    }
  }
  return {
    keys: [countKey, `writer:${writer}:${seq % RING}`],
    args: [floor, raiseFrom, seq, hits.length, anyId ? Buffer.from(ids, "hex") : "", marks],
  };
}

/** What the script answered: the numbers, or that the count has gone back to `count`. */
export type Reservation = { total: number; numberAt: (position: number) => number } | { goneBack: number };

/** Reads the script's answer to a batch of so many hits; `numberAt` is to be asked for 1, 2, 3 … in this order. */
export function readAnswer(answer: readonly number[], hits: number): Reservation {
  const [total = 0, ...pairs] = answer;
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
