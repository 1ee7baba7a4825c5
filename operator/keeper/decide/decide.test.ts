import { describe, expect, it } from "@jest/globals";
import { deaf, empty, group, primary, replica, sightOf, started } from "../testing/sights.ts";
import type { Look } from "../types.ts";
import { afterConfirmed } from "./attempts.ts";
import { decide, isCalm, NOTHING_REMEMBERED, TURN_MS } from "./decide.ts";
import { ADMISSION_MS, SILENT_MS } from "./due.ts";

const first = { group, keeper: 0, turn: 0 };
const second = { group, keeper: 1, turn: 1 };
const inSync = { a: primary, b: replica, c: replica };
const lost = (at: number) =>
  new Map([...sightOf({ b: deaf, c: deaf }, at), ...sightOf({ a: { kind: "silent" } }, 0)]);
const kinds = (decision: ReturnType<typeof decide>) => decision.actions.map(({ kind }) => kind);
const change = { kind: "changeView", ballot: 16, reason: "PrimarySilent", avoid: undefined };

describe("a silent primary", () => {
  it("is waited for, then replaced once the others were looked at again", () => {
    expect(decide(first, lost(200), NOTHING_REMEMBERED, 300).actions).toEqual([
      { kind: "lookAgain", at: SILENT_MS },
    ]);
    expect(decide(first, lost(200), NOTHING_REMEMBERED, SILENT_MS).actions).toEqual([
      { kind: "lookAgain", at: SILENT_MS },
    ]);
    expect(decide(first, lost(SILENT_MS), NOTHING_REMEMBERED, SILENT_MS + 5).actions).toEqual([change]);
  });

  it("is left to the keeper before for a while, and then looked at again", () => {
    const at = SILENT_MS + TURN_MS;
    expect(decide(second, lost(SILENT_MS), NOTHING_REMEMBERED, at).actions).toEqual([
      { kind: "lookAgain", at },
    ]);
    expect(decide(second, lost(at), NOTHING_REMEMBERED, at + 5).actions).toEqual([{ ...change, ballot: 17 }]);
  });

  it("is not replaced by a ballot without hope", () => {
    const sight = new Map([...lost(SILENT_MS), ...sightOf({ c: { kind: "silent" } as Look }, 0)]);
    expect(decide(first, sight, NOTHING_REMEMBERED, SILENT_MS + 5).actions).toEqual([]);
  });

  it("is replaced no sooner than an attempt that failed allows", () => {
    const memory = { ...NOTHING_REMEMBERED, failures: 1, notBefore: SILENT_MS + 300 };
    expect(decide(first, lost(SILENT_MS), memory, SILENT_MS + 5).actions).toEqual([
      { kind: "lookAgain", at: SILENT_MS + 300 },
    ]);
  });
});

describe("a primary that leads no more", () => {
  const sight = (at: number) => sightOf({ ...inSync, a: started }, at);

  it("is replaced as soon as all were looked at again", () => {
    const { actions, memory } = decide(first, sight(90), NOTHING_REMEMBERED, 100);
    expect(actions).toEqual([{ kind: "lookAgain", at: 100 }]);
    expect(decide(first, sight(100), memory, 110).actions).toMatchObject([
      { kind: "changeView", ballot: 16 },
    ]);
  });

  it("is left to the keeper before from when it was first seen", () => {
    const { memory } = decide(second, sight(90), NOTHING_REMEMBERED, 100);
    expect(decide(second, sight(300), memory, 310).actions).toEqual([
      { kind: "lookAgain", at: 100 + TURN_MS },
    ]);
  });
});

it("bids above all ballots that it ever met", () => {
  const memory = { ...NOTHING_REMEMBERED, highest: 42 };
  expect(decide(first, lost(SILENT_MS), memory, SILENT_MS).actions).toMatchObject([{ ballot: 48 }]);
  expect(decide(first, sightOf({ ...inSync, c: { ...started, fence: 30 } }), memory, 0).memory.highest).toBe(
    42,
  );
  expect(decide(first, sightOf({ ...inSync, c: { ...started, fence: 50 } }), memory, 0).memory.highest).toBe(
    50,
  );
});

it("tells those with data to follow, and nobody else", () => {
  const follow = { kind: "follow", node: "b", term: { number: 8, holder: "a" } };
  const wrong = { ...replica, link: { primary: "c:6379", up: true, heardSecondsAgo: 0 } };
  for (const b of [started, wrong, { ...started, link: undefined }]) {
    expect(decide(first, sightOf({ ...inSync, b }), NOTHING_REMEMBERED, 0).actions).toEqual([follow]);
  }
  const sight = sightOf({ a: primary, b: empty, c: { ...started, fence: 9 } });
  expect(kinds(decide(first, sight, NOTHING_REMEMBERED, 0))).toEqual(["lookAgain"]);
});

it("tells nobody to follow a primary that has no address, or leads no more", () => {
  const [a, ...others] = group.nodes;
  const nodes = [{ ...(a ?? { name: "a", id: "" }), address: undefined }, ...others];
  const sight = sightOf({ ...inSync, b: started });
  expect(decide({ ...first, group: { ...group, nodes } }, sight, NOTHING_REMEMBERED, 0).actions).toEqual([]);
  const over = sightOf({ ...inSync, a: { ...primary, fence: 16 }, b: started });
  expect(kinds(decide(first, over, NOTHING_REMEMBERED, 10))).toEqual(["lookAgain"]);
});

it("leaves a node for a while that only a ballot can bring back", () => {
  const sight = (at: number) => sightOf({ ...inSync, c: empty }, at);
  const { memory } = decide(first, sight(0), NOTHING_REMEMBERED, 0);
  expect(kinds(decide(first, sight(500), memory, 500))).toEqual(["lookAgain"]);
  expect(decide(first, sight(ADMISSION_MS), memory, ADMISSION_MS).actions).toEqual([
    { kind: "changeView", ballot: 16, reason: "Admission", avoid: undefined },
  ]);
});

it("hands over by a mark and a ballot above it where the primary is about to go", () => {
  const leaving = { ...first, group: { ...group, leaving: "a" } };
  const { memory } = decide(leaving, sightOf(inSync, 0), NOTHING_REMEMBERED, 0);
  expect(decide(leaving, sightOf(inSync, 0), memory, 10).actions).toEqual([
    { kind: "handOver", term: { number: 8, holder: "a" }, mark: 16, ballot: 24 },
  ]);
});

describe("a group in sync", () => {
  it("is confirmed once, and again after it was not in sync or in another term", () => {
    const confirm = { kind: "confirmInSync", term: { number: 8, holder: "a" } };
    const begun = decide(first, sightOf(inSync), NOTHING_REMEMBERED, 0);
    expect(begun.actions).toEqual([confirm]);
    const confirmed = decide(first, sightOf(inSync), afterConfirmed(begun.memory, 8), 0);
    expect(confirmed.actions).toEqual([]);
    const away = decide(first, sightOf({ ...inSync, c: { kind: "silent" } }), confirmed.memory, 0);
    expect(away.actions).toEqual([]);
    expect(decide(first, sightOf(inSync), away.memory, 0).actions).toEqual([confirm]);
    expect(decide(first, sightOf(inSync), afterConfirmed(begun.memory, 0), 0).actions).toEqual([confirm]);
  });

  it("is calm, and is not while one is away or a change is due", () => {
    const { memory } = decide(first, sightOf(inSync), NOTHING_REMEMBERED, 0);
    expect(isCalm(group, sightOf(inSync), memory)).toBe(true);
    expect(isCalm(group, sightOf({ ...inSync, c: { kind: "silent" } }), memory)).toBe(false);
    expect(isCalm(group, sightOf(inSync), { ...memory, due: { reason: "HandOver", at: 0 } })).toBe(false);
  });

  it("forgets the attempts that failed before", () => {
    const memory = { ...NOTHING_REMEMBERED, failures: 3 };
    expect(decide(first, sightOf(inSync), memory, 0).memory.failures).toBe(0);
    expect(decide(first, lost(0), memory, 0).memory.failures).toBe(3);
  });
});
