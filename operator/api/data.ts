import { z } from "zod";
import { matching, objectName, whole } from "./schema.ts";
import { storageOf } from "./storage.ts";

// Where the count comes from, and where it is kept besides Redis's volume.

/** The most that a count may start from: what is believed of a count has 15 digits at most, and it is to go on. */
export const MOST_INITIAL_HITS = 900_000_000_000_000;

/** What spec.initialHits may say. */
export const initialHits = whole(0, MOST_INITIAL_HITS)
  .default(0)
  .describe(
    "The number from which counting begins: the first visitor gets the next. It is heeded only while there is no " +
      "data and no count is believed: with any, another value changes nothing, and a volume that is lost does not " +
      "begin here again.",
  );

const MINUTE = "[0-5]?[0-9]";
const HOUR = "(2[0-3]|[01]?[0-9])";
const DAY = "(3[01]|[12][0-9]|0?[1-9])";
const MONTH = "(1[0-2]|0?[1-9]|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)";
const WEEKDAY = "([0-6]|SUN|MON|TUE|WED|THU|FRI|SAT)";
const listOf = (value: string) => {
  const item = `([*]|${value}(-${value})?)([/][1-9][0-9]?)?`;
  return `${item}(,${item})*`;
};
const FIELDS = [MINUTE, HOUR, DAY, MONTH, WEEKDAY].map(listOf).join(" ");
const SHORT = "@(hourly|daily|weekly|monthly|yearly)";

/** What spec.backup may say. */
export const backup = z
  .object({
    schedule: matching(
      new RegExp(`^(${SHORT}|${FIELDS})$`),
      100,
      "spec.backup.schedule must be five fields of cron with one space between them (minute, hour, day, month and " +
        "weekday, in UTC) such as 30 2 * * *, or @hourly, @daily, @weekly, @monthly or @yearly",
    ).describe(
      "When to back up, in UTC: five fields of cron (minute, hour, day, month, weekday), such as `30 2 * * *`, or " +
        "@hourly, @daily, @weekly, @monthly or @yearly.",
    ),
    keep: whole(1, 1000)
      .default(7)
      .describe("How many backups are kept: the newest. An older one goes only once a new one is whole."),
    storage: storageOf(
      "spec.backup.storage",
      "The volume of the backups. It stays whatever becomes of the HitCounter, and of this part of its spec.",
      {
        size: "Size of the volume. It can grow where its StorageClass allows that; one that has more is left as it is.",
        storageClassName:
          "StorageClass of the volume: better another disk than that of Redis. A volume that is there keeps its " +
          "class. Default: the cluster's default class.",
      },
    ),
  })
  .describe(
    "Backups of the data: the total, the pages, the history and the estimates of visitors. Each is checked when it " +
      "was written. They go into the claim `NAME-backup`, which a HitCounter of the same name takes up again.",
  );

/** What spec.restore may say. */
export const restore = z
  .object({
    claimName: objectName.describe(
      "Name of the claim with the backups, in the same namespace. It is only read.",
    ),
    backup: matching(
      /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
      253,
      "spec.restore.backup must be the name of a file in the claim, such as 2026-11-26T16-30-00Z.rdb: letters, " +
        "digits, '.', '_' and '-', beginning with a letter or a digit",
    )
      .optional()
      .describe("The backup to take: its file's name. Default: the newest that is whole."),
  })
  .describe(
    "The backup from which counting begins. It is heeded only while there is no data: a backup that is damaged, or " +
      "of something else, is refused before anything is written. As long as this is here Redis's pod needs the " +
      "claim: take it away when the count is back, which restarts Redis and fails no request.",
  );
