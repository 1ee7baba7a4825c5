import { describe, expect, it } from "@jest/globals";
import type { Change, GroupState } from "../../keeper/index.ts";
import { conditionOf } from "../../runtime/index.ts";
import { inSync, withCopies } from "../../testing/copies.ts";
import { type But, evidence, now, up } from "../../testing/seen.ts";
import { eventsOfStatus } from "../tell/events.ts";
import { judge } from "./judge.ts";

type Redis = NonNullable<Parameters<typeof withCopies>[0]>;

const seen = (state: GroupState | undefined, more: Partial<But["seen"]> = {}, redis: Redis = {}) =>
  judge(
    evidence({
      hitCounter: withCopies(redis),
      seen: { copies: { state, countersKnow: true, keeperNodes: ["a", "b"] }, ...more },
    }),
  ).status;
const change: Change = {
  time: now.getTime(),
  from: "web-redis-0",
  to: "web-redis-1",
  reason: "PrimarySilent",
  seconds: 2.049,
};
const told = {
  time: now.toISOString(),
  from: "web-redis-0",
  to: "web-redis-1",
  reason: "PrimarySilent",
  seconds: 2,
};
const replicatedSince = "2026-01-01T00:00:00.000Z";

describe("the status of three copies", () => {
  it("tells how many there are, how many have everything, which is primary, and since when", () => {
    expect(seen({ ...inSync, lastChange: change }).redis).toEqual({
      passwordMadeAt: "2026-01-01T00:00:00.000Z",
      replicas: 3,
      inSync: 3,
      primary: "web-redis-0",
      term: 8,
      lastChange: told,
      replicatedSince: now.toISOString(),
    });
  });

  it("is not there where there is one", () => {
    const status = judge(evidence()).status;
    expect(status.redis).toEqual({ passwordMadeAt: "2026-01-01T00:00:00.000Z" });
    expect(conditionOf(status, "RedisReplicated")).toBeUndefined();
  });

  it("stays as it was told where this process has not seen them yet", () => {
    const before = {
      replicas: 3,
      inSync: 2,
      primary: "web-redis-2",
      term: 16,
      lastChange: told,
      replicatedSince,
    };
    expect(seen(undefined, {}, before).redis).toMatchObject(before);
  });

  it.each<[string, GroupState, Partial<But["seen"]>]>([
    ["one lacks something", { ...inSync, condition: "Degraded", inSync: 2 }, {}],
    ["counters know one alone", inSync, { copies: { state: inSync, countersKnow: false, keeperNodes: [] } }],
    ["a counter of before is left", inSync, { counter: { ...up, complete: false } }],
  ])("does not say that they had everything while %s", (_title, state, more) => {
    expect(seen(state, more).redis).not.toHaveProperty("replicatedSince");
    expect(seen(state, more, { replicatedSince }).redis).toMatchObject({ replicatedSince });
  });

  it("keeps the latest change, whoever saw it, and tells one that two have seen once", () => {
    const before = { ...told, time: "2026-01-02T03:04:04.000Z" };
    expect(seen({ ...inSync, lastChange: change }, {}, { lastChange: before }).redis?.lastChange).toEqual(
      before,
    );
    const other = { ...change, time: change.time - 60_000 };
    expect(seen({ ...inSync, lastChange: other }, {}, { lastChange: before }).redis?.lastChange).toEqual(
      before,
    );
    const another = { ...change, from: "web-redis-1", to: "web-redis-2" };
    expect(seen({ ...inSync, lastChange: another }, {}, { lastChange: before }).redis?.lastChange?.to).toBe(
      "web-redis-2",
    );
  });
});

describe("RedisReplicated", () => {
  it.each([
    ["InSync", "True", "False"],
    ["Degraded", "False", "True"],
    ["NoQuorum", "False", "True"],
    ["TooFewNodes", "False", "True"],
    ["DataLost", "False", "True"],
  ] as const)(
    "is as the copies are: %s is %s, and the HitCounter is degraded: %s",
    (condition, status, degraded) => {
      const judged = seen({ ...inSync, condition }, {}, { replicatedSince });
      expect(conditionOf(judged, "RedisReplicated")).toMatchObject({ status, reason: condition });
      expect(conditionOf(judged, "Degraded")).toMatchObject({ status: degraded });
    },
  );

  it.each([
    [[], "InSync"],
    [["a"], "OneKeeperNode"],
    [["a", "b"], "InSync"],
  ])("tells where one node has all that could have another lead: %j is %s", (keeperNodes, reason) => {
    const judged = seen(inSync, { copies: { state: inSync, countersKnow: true, keeperNodes } });
    expect(conditionOf(judged, "RedisReplicated")).toMatchObject({ status: "True", reason });
    expect(conditionOf(judged, "Degraded")).toMatchObject({ status: "False" });
    const degraded = { ...inSync, condition: "Degraded", inSync: 2 } as const;
    const worse = seen(degraded, { copies: { state: degraded, countersKnow: true, keeperNodes } });
    expect(conditionOf(worse, "RedisReplicated")).toMatchObject({ status: "False", reason: "Degraded" });
  });

  it("says by which command a loss is accepted, and that only a person can mend it", () => {
    const judged = seen({ ...inSync, condition: "DataLost" }, { count: undefined }, { replicatedSince });
    const command = "kubectl annotate -n demo hitcounter web --overwrite hitcounter.dev/accept-loss-of=42";
    expect(conditionOf(judged, "RedisReplicated")?.message).toContain(command);
    expect(conditionOf(judged, "Ready")).toMatchObject({ status: "False", reason: "RedisNotReady" });
    expect(conditionOf(judged, "Stalled")).toMatchObject({ reason: "DataLost" });
  });

  it("is nothing to worry about before they ever were complete", () => {
    const judged = seen({ ...inSync, condition: "Degraded", inSync: 1 });
    expect(conditionOf(judged, "Degraded")).toMatchObject({ status: "False" });
  });
});

describe("a change of the primary", () => {
  const events = (before: Redis, after: Redis) => {
    const hitCounter = withCopies();
    const status = { redis: before };
    return eventsOfStatus(hitCounter, status, [], { redis: after })
      .filter(({ reason }) => reason === "RedisFailedOver")
      .map(({ note }) => note);
  };

  it("is told once, and only where it is another", () => {
    const note = "web-redis-1 is primary in place of web-redis-0 (PrimarySilent), within 2 s";
    expect(events({}, { lastChange: told })).toEqual([note]);
    expect(events({ lastChange: told }, { lastChange: told })).toEqual([]);
    expect(events({}, { lastChange: { ...told, to: "web-redis-0" } })).toEqual([]);
    expect(events({}, { lastChange: { ...told, from: undefined } })).toEqual([]);
  });
});
