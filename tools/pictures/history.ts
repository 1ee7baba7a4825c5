import { countKey, EARLIER, histories } from "../../counter/data.ts";

const [HOUR, DAY] = [histories.hour.seconds, histories.day.seconds];
/** How long the site that is made up has been there. */
const DAYS = 60;

/** What an hour of it brings: more by day than by night, on weekdays than at the weekend, and a little more each day. */
function hitsIn(hour: number, age: number): number {
  const [ofDay, day] = [hour % 24, Math.floor(hour / 24)];
  const light = 1 + 0.8 * Math.sin(((ofDay - 8) / 24) * 2 * Math.PI);
  const isWeekend = [2, 3].includes(day % 7); // the first day of all was a Thursday
  const chance = ((hour * 7919) % 101) / 101;
  return Math.round((20 + age / 72) * light * (isWeekend ? 0.6 : 1) * (0.75 + chance / 2));
}

/** Commands for Redis that give a counter a past which ends at a time (s), as its own script would have noted it. */
export function madeUpPast(until: number): string[][] {
  const last = Math.floor(until / HOUR);
  const [hours, days] = [new Map<string, number>(), new Map<string, number>()];
  let total = 0;
  for (let age = 0; age <= DAYS * 24; age += 1) {
    const hour = last - DAYS * 24 + age;
    const hits = hitsIn(hour, age);
    const slot = hour > last - histories.hour.kept ? `${hour}` : EARLIER;
    hours.set(slot, (hours.get(slot) ?? 0) + hits);
    const day = `${Math.floor((hour * HOUR) / DAY)}`;
    days.set(day, (days.get(day) ?? 0) + hits);
    total += hits;
  }
  const hash = (key: string, slots: Map<string, number>) => [
    "HSET",
    key,
    ...[...slots].flatMap(([slot, hits]) => [slot, `${hits}`]),
  ];
  return [["SET", countKey, `${total}`], hash(histories.hour.key, hours), hash(histories.day.key, days)];
}
