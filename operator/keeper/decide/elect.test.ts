import { describe, expect, it } from "@jest/globals";
import type { FenceAnswer } from "../types.ts";
import { type Electorate, elect, isDecided, THIRD_ANSWER_MS } from "./elect.ts";

const names = ["a", "b", "c"];
const electorate: Electorate = { names, initialised: true, avoid: undefined };
const claim = { term: { number: 8, holder: "a" }, pos: 5 };
const noClaim = { term: undefined, pos: 0 };
const data = (number: number, pos: number, holder = "a"): FenceAnswer => ({
  kind: "fenced",
  term: { number, holder },
  pos,
  fence: 32,
  hasData: true,
});
const empty: FenceAnswer = { kind: "fenced", term: undefined, pos: 0, fence: 32, hasData: false };
const old: FenceAnswer = { ...empty, pos: 5, hasData: true };
const silent: FenceAnswer = { kind: "silent" };
const answers = (a?: FenceAnswer, b?: FenceAnswer, c?: FenceAnswer) =>
  new Map([a, b, c].flatMap((answer, at) => (answer ? [[names[at] ?? "", answer] as const] : [])));

describe("a ballot", () => {
  it.each<[string, Map<string, FenceAnswer>, string]>([
    ["the highest position of one term", answers(data(8, 4), data(8, 5), data(8, 3)), "b"],
    ["a later term before a higher position", answers(data(8, 9), silent, data(16, 2)), "c"],
    ["the one that led, of equals", answers(data(8, 5, "b"), data(8, 5, "b"), data(8, 5, "b")), "b"],
    ["the first, of equals that did not lead", answers(silent, data(8, 5), data(8, 5)), "b"],
  ])("promotes %s", (_, given, primary) => {
    expect(elect(given, electorate)?.primary).toBe(primary);
  });

  it("avoids one only where another has as much", () => {
    const avoiding = { ...electorate, avoid: "a" };
    expect(elect(answers(data(8, 5), data(8, 5), data(8, 4)), avoiding)?.primary).toBe("b");
    expect(elect(answers(data(8, 6), data(8, 5), data(8, 4)), avoiding)?.primary).toBe("a");
  });

  it.each<[string, Map<string, FenceAnswer>]>([
    ["one answer alone", answers(data(8, 5))],
    ["one with data and one without", answers(data(8, 5), empty)],
    ["one with data and two without", answers(data(8, 5), empty, empty)],
    ["one with data and one from before there were terms", answers(data(8, 5), old)],
    ["one whose file is being rewritten", answers(data(8, 5), { kind: "rewriting" })],
    ["one that promised more", answers(data(8, 5), { kind: "outbid", fence: 40 }, silent)],
    ["three without data, of a group that had some", answers(empty, empty, empty)],
  ])("comes to nothing by %s", (_, given) => {
    expect(elect(given, electorate)).toBeUndefined();
  });

  it("tells the others with data to follow, and admits one without where both others answered", () => {
    expect(elect(answers(data(8, 5), data(8, 4), data(8, 5)), electorate)).toEqual({
      primary: "a",
      ...claim,
      follow: ["b", "c"],
      admit: [],
    });
    expect(elect(answers(data(8, 5), empty, data(8, 5)), electorate)).toEqual({
      primary: "a",
      ...claim,
      follow: ["c"],
      admit: ["b"],
    });
    expect(elect(answers(data(8, 5), silent, data(8, 5)), electorate)?.admit).toEqual([]);
  });
});

describe("the first ballot of all", () => {
  const never = { ...electorate, initialised: false };

  it("promotes the first of three without data", () => {
    expect(elect(answers(empty, empty, empty), never)).toEqual({
      primary: "a",
      ...noClaim,
      follow: [],
      admit: ["b", "c"],
    });
  });

  it("promotes again one that ended before it was copied", () => {
    expect(elect(answers(empty, empty, data(8, 0, "c")), never)).toEqual({
      primary: "c",
      term: { number: 8, holder: "c" },
      pos: 0,
      follow: [],
      admit: ["a", "b"],
    });
  });

  it("promotes the only one with data from before there were terms", () => {
    expect(elect(answers(empty, old, empty), never)).toEqual({
      primary: "b",
      ...noClaim,
      pos: 5,
      follow: [],
      admit: ["a", "c"],
    });
  });

  it.each<[string, Map<string, FenceAnswer>]>([
    ["two of three", answers(empty, empty, silent)],
    ["one that has a term, and one with data from before", answers(empty, old, data(8, 5))],
    ["two with data from before", answers(old, old, empty)],
  ])("comes to nothing by %s", (_, given) => {
    expect(elect(given, never)).toBeUndefined();
  });
});

describe("a ballot about what one disk alone may have", () => {
  const grown = { ...electorate, initialised: false, alone: true };

  it("promotes again the one that led, of three that are equal", () => {
    expect(elect(answers(data(8, 5, "b"), data(8, 5, "b"), data(8, 5, "b")), grown)?.primary).toBe("b");
  });

  it("promotes it again though it is to be avoided", () => {
    const equal = data(8, 5, "b");
    expect(elect(answers(equal, equal, equal), { ...grown, avoid: "b" })?.primary).toBe("b");
  });

  it("comes to nothing by two, as the third may have more", () => {
    expect(elect(answers(silent, data(8, 5), data(8, 5)), grown)).toBeUndefined();
  });
});

describe("the third answer", () => {
  const two = answers(data(8, 5), data(8, 5));

  it("is waited for a little while two are enough, and on while they are not", () => {
    expect(isDecided(two, electorate, THIRD_ANSWER_MS - 1)).toBe(false);
    expect(isDecided(two, electorate, THIRD_ANSWER_MS)).toBe(true);
    expect(isDecided(answers(data(8, 5), empty), electorate, 10_000)).toBe(false);
  });

  it("ends the waiting", () => {
    expect(isDecided(answers(data(8, 5), silent, silent), electorate, 0)).toBe(true);
  });
});
