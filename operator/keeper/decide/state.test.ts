import { expect, it } from "@jest/globals";
import { deaf, empty, group, primary, replica, sightOf, started } from "../testing/sights.ts";
import type { Condition, Look } from "../types.ts";
import { NOTHING_REMEMBERED } from "./decide.ts";
import { stateOf } from "./state.ts";

const inSync = { a: primary, b: replica, c: replica };
const silent: Look = { kind: "silent" };
const confirmed = { ...NOTHING_REMEMBERED, confirmed: 8 };
const slow = { ...primary, followers: primary.followers.map((one) => ({ ...one, lagSeconds: 3 })) };
const copying = { ...primary, followers: primary.followers.map((one) => ({ ...one, online: false })) };

it.each<[string, Record<string, Look>, Condition, number]>([
  ["all three", inSync, "InSync", 3],
  ["one silent", { ...inSync, c: silent }, "Degraded", 2],
  ["one that follows nobody", { ...inSync, c: started }, "Degraded", 2],
  ["one that is being rewritten", { ...inSync, c: { ...replica, rewriting: true } }, "Degraded", 2],
  [
    "one in an earlier term",
    { ...inSync, c: { ...replica, term: { number: 7, holder: "a" } } },
    "Degraded",
    2,
  ],
  ["one without data", { ...inSync, c: empty }, "Degraded", 2],
  ["none in time", { ...inSync, a: slow }, "NoQuorum", 1],
  ["none that has got everything", { ...inSync, a: copying }, "NoQuorum", 1],
  ["a primary alone", { ...inSync, b: silent, c: silent }, "NoQuorum", 1],
  ["no primary", { a: silent, b: deaf, c: deaf }, "NoQuorum", 0],
  ["a primary that promised another ballot", { ...inSync, a: { ...primary, fence: 9 } }, "NoQuorum", 0],
  ["two without data", { a: primary, b: empty, c: empty }, "DataLost", 1],
  ["three without data", { a: empty, b: empty, c: empty }, "DataLost", 0],
  ["nobody", { a: silent, b: silent, c: silent }, "NoQuorum", 0],
])("of %s", (_, looks, condition, count) => {
  const state = stateOf(group, sightOf(looks), confirmed, undefined);
  expect([state.condition, state.inSync, state.replicas]).toEqual([condition, count, 3]);
});

it("is in sync only once that was confirmed in this term", () => {
  expect(stateOf(group, sightOf(inSync), NOTHING_REMEMBERED, undefined).condition).toBe("Degraded");
  const before = { ...confirmed, confirmed: 7 };
  expect(stateOf(group, sightOf(inSync), before, undefined).condition).toBe("Degraded");
});

it("is of too few nodes where one can't be placed, and two count", () => {
  const few = { ...group, tooFewNodes: true };
  expect(stateOf(few, sightOf({ ...inSync, c: silent }), confirmed, undefined).condition).toBe("TooFewNodes");
  expect(stateOf(few, sightOf({ a: primary, b: silent, c: silent }), confirmed, undefined).condition).toBe(
    "NoQuorum",
  );
});

it("is not initialised until there is a term, and no loss until something may have been acknowledged", () => {
  const never = { ...group, initialised: false };
  expect(stateOf(never, sightOf({ a: empty, b: empty, c: empty }), confirmed, undefined).condition).toBe(
    "NotInitialised",
  );
  expect(stateOf(never, sightOf({ a: primary, b: empty, c: empty }), confirmed, undefined).condition).toBe(
    "NoQuorum",
  );
});

it("names the primary while it leads, and the last term and change", () => {
  const change = { time: 1, from: "b", to: "a", reason: "PrimarySilent" as const, seconds: 2 };
  expect(stateOf(group, sightOf(inSync), confirmed, change)).toMatchObject({
    primary: "a",
    term: 8,
    lastChange: change,
  });
  expect(stateOf(group, sightOf({ ...inSync, a: silent }), confirmed, undefined)).toMatchObject({
    primary: undefined,
    term: 8,
  });
});
