import { beforeAll, describe, expect, it } from "@jest/globals";
import { unseenStatus } from "../../../operator/api/status.ts";
import { counterSettingsOf } from "../../../operator/desired/counterSettings.ts";
import { judge } from "../../../operator/reconcile/judge/judge.ts";
import type { Problem } from "../../../operator/reconcile/problem.ts";
import { hitCounterWith } from "../../../operator/testing/fixtures.ts";
import { answered, type But, evidence, up } from "../../../operator/testing/seen.ts";
import { ensureKstatus, type KstatusVerdict, kstatusOf } from "../../support/kstatus.ts";

const rolling = { ...up, updated: 1, complete: false };

/** A HitCounter with the status that the operator gives it in this situation. */
function told(but: But = {}, metadata: object = {}) {
  const situation = evidence(but);
  const { hitCounter } = situation;
  return {
    ...hitCounter,
    metadata: { ...hitCounter.metadata, ...metadata },
    status: judge(situation).status,
  };
}

const message = "Service web-proxy exists and was not made by this operator";
const refused: Problem = { kind: "refused", reason: "Refused", message, lookAgainMs: 10_000 };
const failed: Problem = {
  ...refused,
  kind: "failed",
  reason: "ReconcileFailed",
  message: "500: etcd is away",
};
const takenBack = {
  settings: counterSettingsOf(hitCounterWith().spec),
  healthy: counterSettingsOf(hitCounterWith().spec),
  takenBack: true,
};

beforeAll(ensureKstatus, 1_800_000);

describe("kstatus takes a HitCounter", () => {
  it.each<[string, object, KstatusVerdict["status"]]>([
    [
      "that no operator has looked at for InProgress",
      { ...hitCounterWith(), status: unseenStatus },
      "InProgress",
    ],
    ["that serves for Current", told(), "Current"],
    ["that is made for InProgress", told({ seen: { redis: rolling, count: undefined } }), "InProgress"],
    ["that is upgraded while it serves for InProgress", told({ seen: { counter: rolling } }), "InProgress"],
    ["whose spec the operator has not seen yet for InProgress", told({}, { generation: 2 }), "InProgress"],
    ["that serves but was refused what it asks for for Failed", told({ problems: [refused] }), "Failed"],
    [
      "that is refused before it serves for Failed",
      told({ problems: [refused], seen: { counter: rolling, count: undefined } }),
      "Failed",
    ],
    [
      "whose new version was taken back for Failed",
      told({ spec: { version: "1.1.0" }, choice: takenBack }),
      "Failed",
    ],
    ["that is tried again while it serves for Current", told({ problems: [failed] }), "Current"],
    [
      "of which all is up but the answer for InProgress",
      told({ seen: { count: answered({ failure: "the proxy answered 503" }) } }),
      "InProgress",
    ],
    [
      "that has only begun to answer for InProgress",
      told({ seen: { count: answered({ hits: 42 }, { steady: false }) } }),
      "InProgress",
    ],
    [
      "that is being deleted for Terminating",
      told({}, { deletionTimestamp: "2026-01-02T03:05:00Z" }),
      "Terminating",
    ],
  ])("%s", async (_title, object, expected) => {
    expect(await kstatusOf(object)).toMatchObject({ status: expected });
  });

  it("that fails with the sentence that says why", async () => {
    expect((await kstatusOf(told({ problems: [refused] }))).message).toMatch(/^Service web-proxy exists and/);
  });
});
