import { describe, expect, it } from "@jest/globals";
import { deaf, empty, group, primary, replica, sightOf, started } from "../testing/sights.ts";
import type { Look } from "../types.ts";
import { canDecide, SILENT_MS, whyDue } from "./due.ts";

const silent: Look = { kind: "silent" };
const inSync = { a: primary, b: replica, c: replica };
const fenced = { ...started, fence: 16 };

it("is nothing while the primary leads and both others follow", () => {
  expect(whyDue(group, sightOf(inSync))).toBeUndefined();
});

it("is nothing while nobody tells of a term, of a group that had one", () => {
  expect(whyDue(group, sightOf({ a: silent, b: silent, c: silent }))).toBeUndefined();
  expect(whyDue(group, sightOf({ a: empty, b: empty, c: empty }))).toBeUndefined();
});

it.each<[string, Look]>([
  ["silent", silent],
  ["another's by now", { kind: "refused", why: "WRONGPASS" }],
])("comes a while after the primary was first %s", (_, a) => {
  const sight = sightOf({ a, b: deaf, c: deaf }, 100);
  expect(whyDue(group, sight)).toEqual({ reason: "PrimarySilent", at: 100 + SILENT_MS });
});

it("is vetoed by one replica that still hears the primary", () => {
  expect(whyDue(group, sightOf({ a: silent, b: deaf, c: replica }))).toBeUndefined();
});

it("is not vetoed by a replica that hears another, or one that it lost", () => {
  const elsewhere = { ...replica, link: { primary: "b:6379", up: true, heardSecondsAgo: 0 } };
  const lost = { ...replica, link: { primary: "a:6379", up: false, heardSecondsAgo: undefined } };
  expect(whyDue(group, sightOf({ a: silent, b: elsewhere, c: lost }))?.reason).toBe("PrimarySilent");
});

it.each<[string, Look]>([
  ["started anew", started],
  ["has promised a later ballot", { ...primary, fence: 16 }],
  ["lost its data", empty],
  ["has not the term that others tell of", { ...primary, term: { number: 7, holder: "a" } }],
  ["is loading", { kind: "loading" }],
])("comes at once where the primary %s", (_, a) => {
  expect(whyDue(group, sightOf({ a, b: replica, c: replica }))).toEqual({
    reason: "PrimaryLeadsNoMore",
    at: undefined,
  });
});

it("comes where the term's holder is none of the group", () => {
  const term = { number: 8, holder: "z" };
  const sight = sightOf({ a: { ...started, term }, b: { ...started, term }, c: silent });
  expect(whyDue(group, sight)?.reason).toBe("NoPrimary");
});

describe("an admission", () => {
  it.each<[string, Record<string, Look>, string | undefined]>([
    ["takes in an empty node where the third is in sync", { ...inSync, c: empty }, "Admission"],
    ["waits while the third is not in sync", { a: primary, b: started, c: empty }, undefined],
    ["waits while the third is silent", { a: primary, b: silent, c: empty }, undefined],
    [
      "is over for an empty node that was told to follow",
      { ...inSync, c: { ...empty, link: { primary: "a:6379", up: false, heardSecondsAgo: undefined } } },
      undefined,
    ],
    ["takes back one that promised a later ballot", { ...inSync, c: fenced }, "Admission"],
    ["waits for a rewrite of its file", { ...inSync, c: { ...fenced, rewriting: true } }, undefined],
  ])("%s", (_, looks, reason) => {
    expect(whyDue(group, sightOf(looks))?.reason).toBe(reason);
  });
});

describe("the first primary", () => {
  const never = { ...group, initialised: false };

  it("is due once all three answer that they have no data", () => {
    expect(whyDue(never, sightOf({ a: empty, b: empty, c: empty }))?.reason).toBe("Bootstrap");
    expect(whyDue(never, sightOf({ a: empty, b: empty, c: silent }))).toBeUndefined();
  });

  it("is due where one has data from before there were terms, but not two", () => {
    const old = { ...empty, hasData: true };
    expect(whyDue(never, sightOf({ a: empty, b: old, c: empty }))?.reason).toBe("Bootstrap");
    expect(whyDue(never, sightOf({ a: old, b: old, c: empty }))).toBeUndefined();
  });

  it("is made anew where neither other was told to follow it", () => {
    expect(whyDue(never, sightOf({ a: primary, b: empty, c: empty }))?.reason).toBe("Admission");
    expect(whyDue(group, sightOf({ a: primary, b: empty, c: empty }))).toBeUndefined();
  });
});

it("comes where the primary is about to go, once another has what it has", () => {
  const leaving = { ...group, leaving: "a" };
  expect(whyDue(leaving, sightOf(inSync))?.reason).toBe("HandOver");
  expect(whyDue(leaving, sightOf({ a: primary, b: started, c: silent }))).toBeUndefined();
  expect(whyDue({ ...group, leaving: "b" }, sightOf(inSync))).toBeUndefined();
  expect(whyDue({ ...leaving, alone: true }, sightOf(inSync))).toBeUndefined();
});

describe("a ballot", () => {
  it.each<[string, Record<string, Look>, boolean]>([
    ["by two with data", { a: silent, b: deaf, c: deaf }, true],
    ["by one with data alone", { a: silent, b: deaf, c: silent }, false],
    ["by one with data and one without", { a: silent, b: deaf, c: empty }, false],
    ["by one with data and one that is being rewritten", { b: deaf, c: { ...deaf, rewriting: true } }, false],
  ])("%s has hope: %#", (_, looks, expected) => {
    expect(canDecide(group, sightOf(looks))).toBe(expected);
  });

  it("by two has no hope where one disk alone may have what was acknowledged", () => {
    const alone = { ...group, alone: true };
    expect(canDecide(alone, sightOf({ a: silent, b: deaf, c: deaf }))).toBe(false);
    expect(canDecide(alone, sightOf({ a: deaf, b: deaf, c: deaf }))).toBe(true);
  });

  it("by three without data has hope only where there never were any", () => {
    const sight = sightOf({ a: empty, b: empty, c: empty });
    expect(canDecide(group, sight)).toBe(false);
    expect(canDecide({ ...group, initialised: false }, sight)).toBe(true);
  });
});
