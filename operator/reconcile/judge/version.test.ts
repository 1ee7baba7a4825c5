import { describe, expect, it } from "@jest/globals";
import type { HitCounter, HitCounterStatus } from "../../api/hitCounter.ts";
import { counterSettingsOf, revisionOf } from "../../desired/counterSettings.ts";
import { hitCounterWith } from "../../testing/fixtures.ts";
import { noImage, up } from "../../testing/seen.ts";
import type { PodTrouble } from "../look/podTrouble.ts";
import type { Rollout } from "../look/rollout.ts";
import { judgeRollback, judgeVersion } from "./version.ts";

const now = new Date(1_000_000);
const rolling: Rollout = { ...up, updated: 1, total: 3, complete: false };
const upgrading = (spec: object = {}, status: HitCounterStatus = {}): HitCounter => ({
  ...hitCounterWith({ version: "1.1.0", ...spec }),
  status,
});
const revisionOfWanted = ({ spec }: HitCounter) => revisionOf(counterSettingsOf(spec));
const healthy = counterSettingsOf(hitCounterWith().spec);
const crashing: PodTrouble = {
  ...noImage,
  reason: "CrashLoopBackOff",
  message: "pod web-x: CrashLoopBackOff (bang)",
  crashBeganAt: 900_000,
};
const unplaced: PodTrouble = {
  ...noImage,
  reason: "Unschedulable",
  message: "no node",
  hopeless: false,
  own: false,
};
const overdue: Partial<Rollout> = { stuck: true, unreadySince: 880_000 };
const failureOf = (counter: Partial<Rollout>, ...[redisReadySince]: [number?]) =>
  judgeVersion(upgrading(), { counter: { ...rolling, ...counter }, redisReadySince }, now);

describe("a version that rolls out", () => {
  it.each<[string, Partial<Rollout>, number | undefined]>([
    ["nothing is wrong", {}, 0],
    ["its image could not be pulled once, which may pass", { trouble: { ...noImage, hopeless: false } }, 0],
    ["no node takes its pods, however long", { ...overdue, trouble: unplaced }, 0],
    ["its pods are not made, however long", { ...overdue, notMade: "exceeded quota" }, 0],
    ["its pods have no node yet", { stuck: true, unreadySince: undefined }, 0],
    ["Redis is away, however long", overdue, undefined],
    ["Redis was away until a moment ago", overdue, 999_000],
    ["its pods have not had a node for long", { stuck: true, unreadySince: 999_000 }, 0],
    ["they crashed while Redis was away", { trouble: crashing }, 950_000],
    ["they crash while Redis is away", { trouble: crashing }, undefined],
    ["a container of somebody else's crashes", { stuck: true, trouble: { ...crashing, own: false } }, 0],
  ])("is not blamed where %s", (_title, counter, redisReadySince) => {
    expect(failureOf(counter, redisReadySince).failure).toBeUndefined();
  });

  it("is looked at again when its time is up, and not before it was waited for", () => {
    expect(failureOf(overdue, 990_000).lookAgainMs).toBe(110_000);
    expect(failureOf({ ...overdue, stuck: false }, 0).lookAgainMs).toBeUndefined();
  });

  it.each<[string, Partial<Rollout>, string, string]>([
    ["its image can't be had", { trouble: noImage }, "ImagePullBackOff", noImage.message],
    ["it crashes", { trouble: crashing }, "CrashLoopBackOff", crashing.message],
    [
      "its pods are not ready in time",
      overdue,
      "DeadlineExceeded",
      "new counter pods did not become ready within 120 s",
    ],
    [
      "they are not in time, and say why",
      { ...overdue, trouble: { ...noImage, hopeless: false } },
      "ImagePullBackOff",
      noImage.message,
    ],
  ])("has failed where %s", (_title, counter, reason, message) => {
    expect(failureOf(counter, 0).failure).toMatchObject({ reason, message });
  });
});

describe("what is wanted", () => {
  const judged = (
    hitCounter: HitCounter,
    more: { healthy?: typeof healthy | undefined; runs?: string } = {},
  ) => {
    const choice = {
      settings: healthy,
      healthy: "healthy" in more ? more.healthy : healthy,
      takenBack: false,
    };
    const counterRevision = more.runs ?? revisionOfWanted(hitCounter);
    return judgeRollback(hitCounter, choice, { counterRevision }, noImage);
  };

  it("is taken back where it fails, and why is told", () => {
    expect(judged(upgrading())).toEqual({
      reason: "ImagePullBackOff",
      message: `Went back from 1.1.0 to 1.0.0: ${noImage.message}.`,
    });
  });

  it("is taken back too where it is not the version that is new", () => {
    expect(judged({ ...hitCounterWith({ message: "{hits}!" }) })?.message).toBe(
      `Took back new settings of the counters, which run version 1.0.0 as before: ${noImage.message}.`,
    );
  });

  it.each<[string, HitCounter, Parameters<typeof judged>[1]]>([
    ["nothing was healthy before", upgrading(), { healthy: undefined }],
    ["it is what was healthy", hitCounterWith(), {}],
    ["going back is turned off", upgrading({ upgrade: { rollback: false } }), {}],
    ["changes are paused", upgrading({ paused: true }), {}],
    ["what fails is something else, not yet replaced", upgrading(), { runs: "another" }],
  ])("stays where it fails, but %s", (_title, hitCounter, more) => {
    expect(judged(hitCounter, more)).toBeUndefined();
  });

  it("stays taken back, for the reason that was told, though nothing fails any more", () => {
    const condition = {
      type: "RolledBack",
      status: "True" as const,
      reason: "ImagePullBackOff",
      message: "Went back.",
      lastTransitionTime: "2026-01-02T03:04:05Z",
    };
    const hitCounter = upgrading({}, { conditions: [condition] });
    const choice = { settings: healthy, healthy, takenBack: true };
    expect(
      judgeRollback(hitCounter, choice, { counterRevision: revisionOf(healthy) }, undefined),
    ).toMatchObject({
      reason: "ImagePullBackOff",
      message: "Went back.",
    });
  });
});
