import { dayMs } from "../../../counter/contract.ts";
import { judgeAddresses } from "./addresses.ts";
import type { Situation } from "./situation.ts";
import type { Verdict } from "./verdict.ts";

/**
 * VisitorsCounted: whether counters get the addresses by which visitors are told apart. Undefined where visitors are not
 * counted. That they are counted wrong is nothing that keeps a HitCounter from serving.
 */
export function judgeVisitors({
  hitCounter,
  choice,
}: Pick<Situation, "hitCounter" | "choice">): Verdict | undefined {
  if (!choice.settings.visitors?.enabled) return undefined;
  return judgeAddresses(hitCounter, {
    known: "Visitors are told apart",
    hidden: "All visitors seem to come",
  });
}

/** In how many milliseconds the salts are others, as the day is, in UTC; undefined where visitors are not counted. */
export const nextDayMs = ({ choice, now }: Pick<Situation, "choice" | "now">): number | undefined =>
  choice.settings.visitors?.enabled ? dayMs - (now.getTime() % dayMs) : undefined;
