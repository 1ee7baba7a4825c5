import { describe, expect, it } from "@jest/globals";
import type { HitCounter, HitCounterStatus } from "../api/hitCounter.ts";
import { hitCounterWith } from "../testing/fixtures.ts";
import type { Observed, Rollout } from "./observe.ts";
import { planUpgrade } from "./upgrade.ts";

const rolling: Rollout = {
  wanted: 2,
  updated: 1,
  available: 2,
  total: 3,
  ready: 2,
  complete: false,
  stuck: false,
  trouble: undefined,
};
const observed = (counter: Partial<Rollout> = {}, counterVersion = "1.1.0"): Observed => ({
  counter: { ...rolling, ...counter },
  redis: rolling,
  proxy: rolling,
  counterVersion,
  proxyService: undefined,
});
const upgrading = (
  spec: object = {},
  status: HitCounterStatus = { lastHealthyVersion: "1.0.0" },
): HitCounter => ({
  ...hitCounterWith({ version: "1.1.0", ...spec }),
  status,
});
const noImage = {
  reason: "ImagePullBackOff",
  message: "pod web-x: ImagePullBackOff (no such tag)",
  hopeless: true,
};

describe("the version that counters run", () => {
  it.each<[string, HitCounter, Observed]>([
    ["nothing is wrong", upgrading(), observed()],
    [
      "the image could not be pulled once, which may pass",
      upgrading(),
      observed({ trouble: { ...noImage, hopeless: false } }),
    ],
    ["it fails, but no version was healthy before", upgrading({}, {}), observed({ trouble: noImage })],
    [
      "it fails, but it was healthy before",
      upgrading({}, { lastHealthyVersion: "1.1.0" }),
      observed({ trouble: noImage }),
    ],
    [
      "it fails, but going back is turned off",
      upgrading({ upgrade: { rollback: false } }),
      observed({ trouble: noImage }),
    ],
    ["it fails, but changes are paused", upgrading({ paused: true }), observed({ trouble: noImage })],
    ["what fails is another version, not yet replaced", upgrading(), observed({ trouble: noImage }, "1.0.5")],
  ])("is the wanted one while %s", (_title, hitCounter, seen) => {
    expect(planUpgrade(hitCounter, seen)).toEqual({ version: "1.1.0" });
  });

  it.each<[string, Partial<Rollout>, string, string]>([
    ["its pods plainly cannot start", { trouble: noImage }, "ImagePullBackOff", noImage.message],
    [
      "it misses its deadline",
      { stuck: true },
      "DeadlineExceeded",
      "new counter pods did not become ready within 120 s",
    ],
  ])("is the last healthy one when %s", (_title, counter, reason, why) => {
    expect(planUpgrade(upgrading(), observed(counter))).toEqual({
      version: "1.0.0",
      rolledBack: { reason, message: `Went back from 1.1.0 to 1.0.0: ${why}.` },
      isNew: true,
    });
  });

  it("is gone back to for what the pods say, where they say anything, when the deadline is missed", () => {
    const trouble = { ...noImage, hopeless: false };
    expect(planUpgrade(upgrading(), observed({ stuck: true, trouble })).rolledBack?.reason).toBe(
      "ImagePullBackOff",
    );
  });

  it("stays the last healthy one until spec changes, though nothing fails any more", () => {
    const condition = {
      type: "RolledBack",
      status: "True" as const,
      reason: "ImagePullBackOff",
      message: "Went back.",
      lastTransitionTime: "2026-01-02T03:04:05Z",
      observedGeneration: 1,
    };
    const status = { lastHealthyVersion: "1.0.0", conditions: [condition] };
    const plan = planUpgrade(upgrading({}, status), observed({}, "1.0.0"));
    expect(plan).toMatchObject({ version: "1.0.0", rolledBack: { reason: "ImagePullBackOff" } });
    expect(plan.isNew).toBeUndefined();
    const changed = upgrading({}, status);
    changed.metadata.generation = 2;
    expect(planUpgrade(changed, observed({}, "1.0.0"))).toEqual({ version: "1.1.0" });
  });
});
