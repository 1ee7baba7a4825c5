import { describe, expect, it } from "@jest/globals";
import { madeUpPast } from "./history.ts";

const [count, hours, days] = madeUpPast(1_790_000_000);
const slotsOf = (command: string[] = []) =>
  command.slice(2).flatMap((word, index, all) => (index % 2 === 0 ? [[word, Number(all[index + 1])]] : []));
const sumOf = (command: string[] | undefined) =>
  slotsOf(command).reduce((sum, [, hits]) => sum + Number(hits), 0);

describe("the past that is made up", () => {
  it("adds up to the count, by hours and by days", () => {
    expect(sumOf(hours)).toBe(Number(count?.[2]));
    expect(sumOf(days)).toBe(Number(count?.[2]));
  });

  it("keeps a week of hours, the last that of the given time, and what was earlier", () => {
    const slots = slotsOf(hours).map(([slot]) => slot);
    expect(slots).toHaveLength(7 * 24 + 1);
    expect([slots[0], slots.at(-1)]).toEqual(["earlier", `${Math.floor(1_790_000_000 / 3600)}`]);
  });
});
