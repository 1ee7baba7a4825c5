import { readFileSync } from "node:fs";
import { join } from "node:path";
import { dayMs, saltBytes, saltFile } from "./contract.ts";
import type { Log } from "./logger.ts";

/** How soon a file is read again that was not there, or has no salt in it (ms). */
const READ_AGAIN = 10_000;

/** What reading salts needs. */
export interface DailySaltOptions {
  folder: string;
  log: Log;
  /** Milliseconds on a clock that does not jump. */
  now: () => number;
}

/**
 * The salt of a day (counted from 1970 in UTC), as its file in the folder has it. It is read when it is first asked for,
 * and kept until another day's is; one that is not there is looked for again every 10 seconds at most.
 */
export function dailySalt({ folder, log, now }: DailySaltOptions): (day: number) => string | undefined {
  let known: { day: number; salt: string } | undefined;
  let missing: { day: number; since: number } | undefined;
  return (day) => {
    if (known?.day === day) return known.salt;
    known = undefined;
    if (missing?.day === day && now() - missing.since < READ_AGAIN) return undefined;
    const file = saltFile(new Date(day * dayMs));
    try {
      known = { day, salt: readSalt(join(folder, file)) };
      missing = undefined;
      return known.salt;
    } catch (error) {
      if (missing?.day !== day)
        log("warn", "Cannot read the day's salt: visitors are not counted", { error });
      missing = { day, since: now() };
      return undefined;
    }
  };
}

function readSalt(path: string): string {
  const bytes = readFileSync(path);
  if (bytes.length !== saltBytes)
    throw new Error(`${path} must have ${saltBytes} bytes, not ${bytes.length}`);
  return bytes.toString("base64");
}
