import { dayMs } from "../../../counter/contract.ts";

/** What a short form stands for. */
const SHORT: Readonly<Record<string, string>> = {
  "@hourly": "0 * * * *",
  "@daily": "0 0 * * *",
  "@weekly": "0 0 * * 0",
  "@monthly": "0 0 1 * *",
  "@yearly": "0 0 1 1 *",
};
const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
/** A schedule that has no day in so many never has one: there are 8 years at most between two 29ths of February. */
const MOST_DAYS = 366 * 9;

/** When a schedule of cron is due next after a time, in UTC, both in milliseconds since 1970; undefined where it never is. */
export function nextRun(schedule: string, after: number): number | undefined {
  const [minute = "", hour = "", date = "", month = "", weekday = ""] = (SHORT[schedule] ?? schedule).split(
    " ",
  );
  const [minutes, hours] = [valuesOf(minute, 0, 59), valuesOf(hour, 0, 23)];
  const dates = new Set(valuesOf(date, 1, 31));
  const months = new Set(valuesOf(month, 1, 12, MONTHS));
  const weekdays = new Set(valuesOf(weekday, 0, 6, WEEKDAYS));
  // Of two that are held to some days, either will do.
  const isEither = !isAny(date) && !isAny(weekday);
  const isOn = (day: Date) => {
    const [byDate, byWeekday] = [dates.has(day.getUTCDate()), weekdays.has(day.getUTCDay())];
    return months.has(day.getUTCMonth() + 1) && (isEither ? byDate || byWeekday : byDate && byWeekday);
  };
  const first = after - (after % dayMs);
  for (let day = first; day < first + MOST_DAYS * dayMs; day += dayMs) {
    if (!isOn(new Date(day))) continue;
    const times = hours.flatMap((each) => minutes.map((other) => day + (each * 60 + other) * 60_000));
    const due = times.find((time) => time > after);
    if (due !== undefined) return due;
  }
  return undefined;
}

const isAny = (field: string) => field.split(",").includes("*");

/** The values of a field, in order: lists of numbers, names and ranges, each with a step or without. */
function valuesOf(field: string, min: number, max: number, names: readonly string[] = []): number[] {
  const numberOf = (word: string) => (names.includes(word) ? names.indexOf(word) + min : Number(word));
  const values = field.split(",").flatMap((item) => {
    const [range = "", step = "1"] = item.split("/");
    const [from = "", to = item.includes("/") ? `${max}` : from] =
      range === "*" ? [`${min}`, `${max}`] : range.split("-");
    const [first, last] = [numberOf(from), numberOf(to)];
    return Array.from({ length: max + 1 }, (_, value) => value).filter(
      (value) => value >= first && value <= last && (value - first) % Number(step) === 0,
    );
  });
  return [...new Set(values)].sort((one, other) => one - other);
}
