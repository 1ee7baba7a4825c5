import { beforeAll, describe, expect, it } from "@jest/globals";
import { unseenStatus } from "../../../operator/api/status.ts";
import type { Situation } from "../../../operator/reconcile/conditions.ts";
import type { Observed, Rollout } from "../../../operator/reconcile/observe.ts";
import { computeStatus } from "../../../operator/reconcile/status.ts";
import { TerminalError } from "../../../operator/runtime/outcome.ts";
import { hitCounterWith } from "../../../operator/testing/fixtures.ts";
import { ensureKstatus, type KstatusVerdict, kstatusOf } from "../../support/kstatus.ts";

const pods = { wanted: 2, updated: 2, available: 2, total: 2, ready: 2 };
const up: Rollout = { ...pods, complete: true, stuck: false, trouble: undefined };
const rolling: Rollout = { ...up, updated: 1, complete: false };
const serving: Observed = {
  counter: up,
  redis: up,
  proxy: up,
  counterVersion: "1.0.0",
  proxyService: { status: { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } } },
};

/** A HitCounter with the status that the operator gives it in this situation. */
function told(but: Partial<Situation> = {}, metadata: object = {}) {
  const hitCounter = hitCounterWith();
  const situation = {
    hitCounter,
    observed: serving,
    probe: { hits: 42 },
    steady: true,
    plan: { version: "1.0.0" },
    failure: undefined,
  };
  const status = computeStatus({ ...situation, ...but }, new Date("2026-01-02T03:04:05Z"));
  return { ...hitCounter, metadata: { ...hitCounter.metadata, ...metadata }, status };
}

const refused = new TerminalError("the volume data-web-redis-0 has 2Gi and no volume can shrink");
const rolledBack = { reason: "ImagePullFailed", message: "Went back from 1.1.0 to 1.0.0." };
const serverAway = new Error("applying Service proxy", { cause: new Error("connect ECONNREFUSED") });

beforeAll(ensureKstatus, 1_800_000);

describe("kstatus takes a HitCounter", () => {
  it.each<[string, object, KstatusVerdict["status"]]>([
    [
      "that no operator has looked at for InProgress",
      { ...hitCounterWith(), status: unseenStatus },
      "InProgress",
    ],
    ["that serves for Current", told(), "Current"],
    [
      "that is made for InProgress",
      told({ observed: { ...serving, redis: rolling }, probe: undefined }),
      "InProgress",
    ],
    [
      "that is upgraded while it serves for InProgress",
      told({ observed: { ...serving, counter: rolling } }),
      "InProgress",
    ],
    ["whose spec the operator has not seen yet for InProgress", told({}, { generation: 2 }), "InProgress"],
    ["that serves but was refused what it asks for for Failed", told({ failure: refused }), "Failed"],
    [
      "that is refused before it serves for Failed",
      told({ failure: refused, observed: { ...serving, counter: rolling }, probe: undefined }),
      "Failed",
    ],
    [
      "whose new version was taken back for Failed",
      told({ plan: { version: "1.0.0", rolledBack } }),
      "Failed",
    ],
    ["that is tried again while it serves for Current", told({ failure: serverAway }), "Current"],
    [
      "of which all is up but the answer for InProgress",
      told({ probe: { failure: "the proxy answered 503" } }),
      "InProgress",
    ],
    ["that has only begun to answer for InProgress", told({ steady: false }), "InProgress"],
    [
      "that is being deleted for Terminating",
      told({}, { deletionTimestamp: "2026-01-02T03:05:00Z" }),
      "Terminating",
    ],
  ])("%s", async (_title, object, expected) => {
    expect(await kstatusOf(object)).toMatchObject({ status: expected });
  });

  it("that fails with the sentence that says why", async () => {
    expect((await kstatusOf(told({ failure: refused }))).message).toMatch(
      /^The volume data-web-redis-0 has 2Gi and/,
    );
  });
});
