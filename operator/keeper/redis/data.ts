import type { Position, Term } from "../types.ts";

/** How a term stands in the data: `NUMBER HOLDER`. */
export const termText = ({ number, holder }: Term): string => `${number} ${holder}`;

/** The term that stands in the data; undefined where there is none. Throws where it is something else. */
export function termIn(text: string): Term | undefined {
  if (text === "") return undefined;
  const [, number, holder] = /^(\d+) (\S+)$/.exec(text) ?? [];
  if (number === undefined || holder === undefined) throw new Error(`${JSON.stringify(text)} is no term`);
  return { number: Number(number), holder };
}

/** A number that stands in the data; 0 where there is none. */
export function numberIn(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number)) throw new Error(`${JSON.stringify(text)} is no number`);
  return number;
}

/** A position, from how its parts stand in the data, and how many keys there are besides the fence. */
export const positionIn = (term: string, pos: string, fence: number, keys: number): Position => ({
  term: termIn(term),
  pos: numberIn(pos),
  fence,
  hasData: keys > 0,
});
