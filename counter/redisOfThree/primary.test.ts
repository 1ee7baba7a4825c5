import { describe, expect, it } from "@jest/globals";
import { type Asked, inFewWords, isLatestForSure, latestTerm, readTerm } from "./primary.ts";

const primary = (pod: string, term: number, fence = term): Asked => ({
  pod,
  said: { role: "master", term: `${term} ${pod}`, fence: `${fence}` },
});
const follower = (pod: string, term = "8 a", fence = "8"): Asked => ({
  pod,
  said: { role: "slave", term, fence },
});
const silent = (pod: string): Asked => ({ pod, silent: "no answer" });

describe("which of three answers is the primary", () => {
  it.each<[string, Asked[], number, string | undefined]>([
    ["one leads and two follow", [primary("a", 8), follower("b"), follower("c")], 0, "8 a"],
    ["the other two are silent", [silent("b"), primary("a", 8), silent("c")], 8, "8 a"],
    ["two claim it: the later", [primary("a", 8), primary("b", 16), follower("c")], 0, "16 b"],
    ["by number, not by letters", [primary("a", 96), primary("b", 104), silent("c")], 0, "104 b"],
    ["its term is before one that was in use", [primary("a", 8), silent("b"), silent("c")], 16, undefined],
    ["it has heard of a later one", [primary("a", 8, 16), follower("b"), follower("c")], 0, undefined],
    ["its term is of another pod", [{ ...primary("b", 8), pod: "a" }, silent("c")], 0, undefined],
    ["it follows, though its term is its own", [follower("a", "8 a"), silent("b")], 0, undefined],
    ["it has no data", [{ pod: "a", said: { role: "master", term: null, fence: null } }], 0, undefined],
    ["its term is no term", [{ pod: "a", said: { role: "master", term: "8", fence: "8" } }], 0, undefined],
    ["nobody answers", [silent("a"), silent("b"), silent("c")], 0, undefined],
  ])("is told where %s", (_case, asked, used, text) => {
    expect(latestTerm(asked, used)?.text).toBe(text);
  });

  it.each<[string, Asked[], boolean]>([
    ["nobody else has answered", [primary("a", 8), { pod: "b" }, { pod: "c" }], false],
    ["a second has heard of no later term", [primary("a", 8), follower("b"), { pod: "c" }], true],
    [
      "a second has heard of a later term",
      [primary("a", 8), follower("b", "8 a", "16"), { pod: "c" }],
      false,
    ],
    [
      "a second has no data",
      [primary("a", 8), { pod: "b", said: { role: "master", term: null, fence: null } }, { pod: "c" }],
      false,
    ],
    ["all have answered or failed", [primary("a", 8), silent("b"), silent("c")], true],
  ])("is sure or not where %s", (_case, asked, sure) => {
    expect(isLatestForSure(asked, { text: "8 a", number: 8, pod: "a" })).toBe(sure);
  });

  it("is told to people by what each answered", () => {
    expect(inFewWords([primary("a", 8), silent("b"), { pod: "c" }])).toEqual({
      a: "master, term 8 a, fence 8",
      b: "no answer",
      c: "no answer",
    });
  });
});

describe("readTerm", () => {
  it.each([null, "", "8", "8 ", " a", "-8 a", "8 a b", "8a", "1e3 a"])("takes %j for none", (text) => {
    expect(readTerm(text)).toBeUndefined();
  });
});
