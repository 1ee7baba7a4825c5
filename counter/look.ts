import { countingScript } from "./countingScript.ts";
import { EARLIER, histories, pagesKey, visitorData } from "./data.ts";
import { estimate, ranksIn } from "./hyperLogLog.ts";

/**
 * What can be looked at beside the total: a history, the visitors, a part of the pages (from a cursor), or a page (of at
 * most so many).
 */
export type Look =
  | readonly ["hour"]
  | readonly ["day"]
  | readonly ["visitors"]
  | readonly ["pages", string]
  | readonly ["page", string, number];

/** A history by which hits are told. */
export type By = keyof typeof histories;

/** The total by hours or days, in UTC: the counts, `earlier` and `unattributed` add up to it. */
export interface History {
  hits: number;
  by: By;
  /** Those in which anything was counted, oldest first. */
  counts: { from: string; hits: number }[];
  /** Hits before the first that are kept. */
  earlier: number;
  /** What can't be dated. Below 0 where a person has set the count to a lower one. */
  unattributed: number;
}

/** A part of the pages, and the cursor of the next part, if there is one. */
export interface Pages {
  hits: number;
  pages: { page: string; hits: number }[];
  cursor?: string;
}

/** About how many different visitors there were today, and on days before, oldest first, in UTC. */
export interface VisitorsByDay {
  hits: number;
  visitors: number;
  days: { from: string; visitors: number }[];
}

/** What a part of the pages has, about. */
const PART = 100;

/**
 * Looks at what is kept beside the count. KEYS and ARGV as every script has them, then the words of the look. Answers
 * the total and, of a history, the time in seconds and its fields and values; of visitors, the time, the registers of the
 * day that is open and the fields and values of days; of pages, the next cursor and these; of a page, its number, -1 where
 * there is no room for it.
 *
 * A Redis that takes no write, as it is full, is looked at all the same; but not one of three, where a number is told
 * once a write has shown that it is in two of them.
 */
export const lookScript = countingScript(`
move(redis.pcall)
local answer = { count }
local function append(fields)
  for index = 1, #fields, 2 do
    answer[#answer + 1] = fields[index]
    answer[#answer + 1] = tonumber(fields[index + 1])
  end
end
local what = ARGV[3]
if what == 'pages' then
  local part = redis.call('HSCAN', '${pagesKey}', ARGV[4], 'COUNT', ${PART})
  answer[2] = part[1]
  append(part[2])
elseif what == 'page' then
  local number = redis.call('HGET', '${pagesKey}', ARGV[4])
  answer[2] = tonumber(number) or redis.call('HLEN', '${pagesKey}') < tonumber(ARGV[5]) and 0 or -1
elseif what == 'visitors' then
  answer[2], answer[3] = tonumber(redis.call('TIME')[1]), redis.call('GET', '${visitorData.registers}') or ''
  for _, text in ipairs(redis.call('HGETALL', '${visitorData.days}')) do answer[#answer + 1] = text end
elseif what then
  answer[2] = tonumber(redis.call('TIME')[1])
  append(redis.call('HGETALL', what == 'hour' and '${histories.hour.key}' or '${histories.day.key}'))
else
  answer[2] = lost
end
return answer
`);

/** What Redis answered to a look. */
export type LookAnswer = readonly (number | string)[];

/** Reads the answer to a look at a history. */
export function readHistory(by: By, [total, time, ...fields]: LookAnswer): History {
  const { seconds, kept } = histories[by];
  const hits = Number(total);
  const first = Math.floor(Number(time) / seconds) - kept + 1;
  const counts: History["counts"] = [];
  let [earlier, dated] = [0, 0];
  // No slot is moved while nothing is counted, so here as well: what is no longer kept is earlier.
  for (const [field, each] of pairsOf(fields).sort(([one], [other]) => Number(one) - Number(other))) {
    dated += each;
    if (field === EARLIER || Number(field) < first) {
      earlier += each;
    } else {
      counts.push({ from: new Date(Number(field) * seconds * 1000).toISOString(), hits: each });
    }
  }
  return { hits, by, counts, earlier, unattributed: hits - dated };
}

/** Reads the answer to a look at a part of the pages. */
export function readPages([total, cursor, ...fields]: LookAnswer): Pages {
  const pages = pairsOf(fields).map(([page, hits]) => ({ page, hits }));
  return { hits: Number(total), pages, ...(cursor !== "0" && { cursor: `${cursor}` }) };
}

/** Reads the answer to a look at visitors. Nothing closes a day while nobody comes, so the open one may be another's. */
export function readVisitors([total, time, registers, ...fields]: LookAnswer): VisitorsByDay {
  const { open, secondsOfDay, kept } = visitorData;
  const today = Math.floor(Number(time) / secondsOfDay);
  const byDay = new Map<number, number>();
  for (const [field, ranks] of textsOf(fields)) {
    if (field !== open) byDay.set(Number(field), estimate(ranks.split(" ").map(Number)));
  }
  const openDay = textsOf(fields).find(([field]) => field === open)?.[1];
  if (openDay !== undefined) byDay.set(Number(openDay), estimate(ranksIn(`${registers}`)));
  return {
    hits: Number(total),
    visitors: byDay.get(today) ?? 0,
    days: [...byDay]
      .filter(([day]) => day > today - kept && day < today)
      .sort(([one], [other]) => one - other)
      .map(([day, visitors]) => ({ from: new Date(day * secondsOfDay * 1000).toISOString(), visitors })),
  };
}

const textsOf = (fields: LookAnswer): [string, string][] =>
  Array.from({ length: fields.length / 2 }, (_, index) => [
    `${fields[2 * index]}`,
    `${fields[2 * index + 1]}`,
  ]);

/** The fields and the values of a hash, as Redis lists them one after the other. */
export const pairsOf = (fields: LookAnswer): [string, number][] =>
  textsOf(fields).map(([field, value]) => [field, Number(value)]);
