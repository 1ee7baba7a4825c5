import { describe, expect, it } from "@jest/globals";
import { astrayIn } from "./underLoad.ts";

const counted = (about: number, hour: number, day = 0) => ({
  hits: 9,
  pages: { about },
  undated: { hour, day },
});
const seen = (answers: number) => ({ ofPages: new Map([["about", Array(answers).fill(0)]]) });

describe("what went astray", () => {
  it("is nothing, where a page has grown by its answers, and no more hits lack a date than before", () => {
    expect(astrayIn(seen(3), counted(2, 7), counted(5, 7))).toEqual([]);
    expect(astrayIn(seen(3), { ...counted(0, 0), pages: {} }, counted(3, 0))).toEqual([]);
  });
  it.each([
    [seen(3), counted(6, 7), "page about: 4 counted, 3 answered"],
    [seen(3), { ...counted(0, 7), pages: {} }, "page about: -2 counted, 3 answered"],
    [seen(3), counted(5, 8), "the history by hour: 1 not dated"],
    [seen(3), counted(5, 7, -1), "the history by day: -1 not dated"],
  ])("is told in words", (report, after, words) => {
    expect(astrayIn(report, counted(2, 7), after)).toEqual([words]);
  });
});
