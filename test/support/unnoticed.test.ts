import { describe, expect, it } from "@jest/globals";
import { isForWantOfAClaim } from "./unnoticed.ts";

const told = "16.2 s: 503 The count cannot be reached right now., after 15002 ms over a kept one";
const seen = { failures: [told, told], twice: [], countMinusAnswers: 0 };

describe("what a load saw of a new Redis is laid to a claim that its kubelet could not read", () => {
  it("where it could not, and visitors were told to come again", () => {
    expect(isForWantOfAClaim(seen, 1)).toBe(true);
  });

  it.each([
    ["it could", seen, 0],
    ["nobody was told anything", { ...seen, failures: [] }, 1],
    ["somebody was told something else", { ...seen, failures: [told, told.replace("503", "502")] }, 1],
    [
      "a connection broke",
      { ...seen, failures: [told, "16.2 s: ECONNRESET read, after 3 ms over a kept one"] },
      1,
    ],
    ["a number was given twice", { ...seen, twice: [7] }, 1],
    ["a hit was lost", { ...seen, countMinusAnswers: -1 }, 1],
    ["more was counted than was asked for", { ...seen, countMinusAnswers: 3 }, 1],
  ])("but not where %s", (_what, otherwise, refused) => {
    expect(isForWantOfAClaim(otherwise, refused)).toBe(false);
  });
});
