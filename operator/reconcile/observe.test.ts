import { describe, expect, it } from "@jest/globals";
import type { V1Deployment, V1Pod } from "@kubernetes/client-node";
import { rolloutOf } from "./observe.ts";

const deployment = (status: object): V1Deployment => ({
  metadata: { generation: 3 },
  spec: { replicas: 2, selector: {}, template: {} },
  status: {
    observedGeneration: 3,
    replicas: 2,
    updatedReplicas: 2,
    availableReplicas: 2,
    readyReplicas: 2,
    ...status,
  },
});

const pod = (ready: boolean): V1Pod => ({
  status: { conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
});

describe("a rollout", () => {
  it("is complete when every pod is new and serves", () => {
    const pods = [pod(true), pod(true)];
    expect(rolloutOf(deployment({}), pods)).toMatchObject({ complete: true, stuck: false, available: 2 });
  });

  it("has no more pods that serve than its workload says, nor than are ready", () => {
    const three = [pod(true), pod(true), pod(true)];
    expect(rolloutOf(deployment({ availableReplicas: 1 }), three).available).toBe(1);
    expect(rolloutOf(deployment({}), [pod(true), pod(false)]).available).toBe(1);
    expect(rolloutOf(deployment({}), []).available).toBe(0);
  });

  it.each([
    ["the status is about an older generation", { observedGeneration: 2 }],
    ["an old pod is left over", { replicas: 3 }],
    ["a pod is not new", { updatedReplicas: 1 }],
    ["a pod does not serve", { availableReplicas: 1 }],
  ])("is not complete while %s", (_title, status) => {
    expect(rolloutOf(deployment(status)).complete).toBe(false);
  });

  it("is stuck when the Deployment says so about this generation", () => {
    const conditions = [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }];
    expect(rolloutOf(deployment({ conditions })).stuck).toBe(true);
    expect(rolloutOf(deployment({ conditions, observedGeneration: 2 })).stuck).toBe(false);
  });

  it("of nothing is nothing", () => {
    expect(rolloutOf(undefined)).toMatchObject({ wanted: 0, available: 0, complete: false });
  });
});
