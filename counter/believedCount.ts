import { readFileSync } from "node:fs";
import type { Log } from "./logger.ts";

/** How often the file is read again (ms). */
const READ_EVERY = 10_000;

/**
 * The count that was believed before this process was there, as a file tells it: 0 where there is no file, or none in
 * it. It is read now and then every 10 seconds; what can't be read leaves the last one in place.
 */
export function believedCount(file: string | undefined, log: Log): () => number {
  let count = 0;
  const read = (path: string) => {
    try {
      const text = readFileSync(path, "utf8").trim();
      count = /^\d{1,15}$/.test(text) ? Number(text) : 0;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") {
        count = 0;
      } else {
        log("warn", "Cannot read the count that was believed", { error });
      }
    }
  };
  if (file !== undefined) {
    read(file);
    setInterval(() => read(file), READ_EVERY).unref();
  }
  return () => count;
}
