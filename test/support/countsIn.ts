import { histories, pagesKey } from "../../counter/data.ts";
import { pairsOf } from "../../counter/look.ts";

/** All that a Redis holds of what was counted. */
export interface Counts {
  hits: number;
  pages: Record<string, number>;
  /** How far the sum of each history is below the count: what is not dated. */
  unattributed: { hour: number; day: number };
}

/** Whoever sends a command to a Redis and returns its answer. */
interface CommandTaker {
  command(name: string, ...words: string[]): Promise<string>;
}

/** Reads what a Redis holds, in one step. */
export async function countsIn({ command }: CommandTaker): Promise<Counts> {
  const keys = [pagesKey, histories.hour.key, histories.day.key].map(
    (key) => `redis.call('HGETALL', '${key}')`,
  );
  const read = `return cjson.encode({ redis.call('GET', 'hits') or '0', ${keys.join(", ")} })`;
  const [hits, pages, hours, days] = JSON.parse(await command("eval", read, "0"));
  const sum = (fields: Fields) => Object.values(toRecord(fields)).reduce((total, each) => total + each, 0);
  return {
    hits: Number(hits),
    pages: toRecord(pages),
    unattributed: { hour: Number(hits) - sum(hours), day: Number(hits) - sum(days) },
  };
}

/** Lua's empty list is an empty object. */
type Fields = readonly string[] | Readonly<Record<string, never>>;

const toRecord = (fields: Fields): Record<string, number> =>
  Object.fromEntries(pairsOf(Array.isArray(fields) ? fields : []));
