import { expect, it } from "@jest/globals";
import { nextBallot } from "./ballot.ts";

it.each([
  [0, 0, 8],
  [0, 3, 11],
  [7, 0, 8],
  [8, 0, 16],
  [15, 7, 23],
  [16, 7, 31],
])("is above %i and, of keeper %i, %i", (highestSeen, keeper, ballot) => {
  expect(nextBallot(highestSeen, keeper)).toBe(ballot);
});

it("is never that of another keeper", () => {
  const seen = Array.from({ length: 40 }, (_, number) => number);
  const of = (keeper: number) => new Set(seen.map((number) => nextBallot(number, keeper)));
  expect([...of(1)].filter((ballot) => of(2).has(ballot))).toEqual([]);
});
