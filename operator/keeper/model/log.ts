import type { Term } from "../types.ts";

// A log is a string with a character for each entry: calls of the script, each with its batch; terms; and marks, by
// which a hand-over sets `fence`. Strings are cheap to copy, to compare and to be a part of a state's key.

/** How often a hit may be sent as another batch; rules that hold send it as one. */
const RESENDS = 16;
const MARKS = 0x8000;
const TERMS = 0xa000;

/** The names of the nodes, in the order of their indices. */
export const NAMES = ["a", "b", "c"];

/** A batch with one hit, sent for the so many-th time as another. */
export const batchOf = (hit: number, resend: number) =>
  String.fromCharCode(RESENDS + hit * RESENDS + (resend % RESENDS));

/** The hit of a batch. */
export const hitOf = (batch: string) => Math.floor(batch.charCodeAt(0) / RESENDS) - 1;

/** The entry by which the node begins a term. */
export const termEntry = (number: number, node: number) => String.fromCharCode(TERMS + number * 4 + node);

/** The entry by which a hand-over sets `fence`. */
export const markEntry = (fence: number) => String.fromCharCode(MARKS + fence);

const isTerm = (code: number) => code >= TERMS;
const isCall = (code: number) => code < MARKS;

/** What `fence` is after this entry: it stays what it was after a call. */
export function fenceAfter(entry: string, before: number, termsWriteIt: boolean): number {
  const code = entry.charCodeAt(0);
  if (isTerm(code)) return termsWriteIt ? (code - TERMS) >> 2 : before;
  return isCall(code) ? before : code - MARKS;
}

/** The last term of a log. */
export function termOf(log: string): Term | undefined {
  for (let at = log.length - 1; at >= 0; at -= 1) {
    const code = log.charCodeAt(at);
    if (isTerm(code)) return { number: (code - TERMS) >> 2, holder: NAMES[code & 3] ?? "" };
  }
  return undefined;
}

/** How many calls there are in a log. */
export function posOf(log: string): number {
  let calls = 0;
  for (let at = 0; at < log.length; at += 1) calls += isCall(log.charCodeAt(at)) ? 1 : 0;
  return calls;
}

/** The batches of a log in the order of their numbers: a batch that is called again keeps its number. */
export function batchesOf(log: string): string[] {
  return [...new Set(log)].filter((entry) => isCall(entry.charCodeAt(0)));
}
