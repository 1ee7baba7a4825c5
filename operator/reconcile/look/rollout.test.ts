import { describe, expect, it } from "@jest/globals";
import type { V1Deployment, V1Pod } from "@kubernetes/client-node";
import { VERSION_LABEL } from "../../desired/counterDeployment.ts";
import { rolloutOf } from "./rollout.ts";

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

const rollout = (workload: V1Deployment | undefined, pods: V1Pod[] = []) =>
  rolloutOf(workload, pods, "counter");

describe("a rollout", () => {
  it("is complete when every pod is new and serves", () => {
    const pods = [pod(true), pod(true)];
    expect(rollout(deployment({}), pods)).toMatchObject({ complete: true, stuck: false, available: 2 });
  });

  it("has as many pods that serve as are ready and stay, whatever their workload says so far", () => {
    expect(rollout(deployment({}), [pod(true), pod(false)]).available).toBe(1);
    expect(rollout(deployment({}), []).available).toBe(0);
    const going = { ...pod(true), metadata: { deletionTimestamp: new Date(0) } };
    expect(rollout(deployment({}), [pod(true), going]).available).toBe(1);
    // As while a StatefulSet is made anew over its running pod.
    expect(rollout(undefined, [pod(true)]).available).toBe(1);
  });

  it("tells why pods are not made, in the words of the API server", () => {
    const conditions = [
      { type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: "exceeded quota" },
    ];
    expect(rollout(deployment({ conditions })).notMade).toBe("exceeded quota");
    expect(rollout(deployment({})).notMade).toBeUndefined();
  });

  it("tells since when the first new pod that is not ready has had a node", () => {
    const placed = (seconds: number, ready: string): V1Pod => ({
      metadata: { labels: { [VERSION_LABEL]: "new" } },
      status: {
        conditions: [
          { type: "PodScheduled", status: "True", lastTransitionTime: new Date(seconds * 1_000) },
          { type: "Ready", status: ready },
        ],
      },
    });
    const old = { ...placed(1, "False"), metadata: { labels: { [VERSION_LABEL]: "old" } } };
    const unplaced: V1Pod = { metadata: { labels: { [VERSION_LABEL]: "new" } } };
    const pods = [old, unplaced, placed(20, "False"), placed(10, "False"), placed(5, "True")];
    const template = { metadata: { labels: { [VERSION_LABEL]: "new", app: "web" } } };
    const workload = { ...deployment({}), spec: { selector: {}, template } };
    expect(rollout(workload, pods).unreadySince).toBe(10_000);
  });

  it.each([
    ["the status is about an older generation", { observedGeneration: 2 }],
    ["an old pod is left over", { replicas: 3 }],
    ["a pod is not new", { updatedReplicas: 1 }],
    ["a pod does not serve", { availableReplicas: 1 }],
  ])("is not complete while %s", (_title, status) => {
    expect(rollout(deployment(status)).complete).toBe(false);
  });

  it("is stuck when the Deployment says so about this generation", () => {
    const conditions = [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }];
    expect(rollout(deployment({ conditions })).stuck).toBe(true);
    expect(rollout(deployment({ conditions, observedGeneration: 2 })).stuck).toBe(false);
  });

  it("of nothing is nothing", () => {
    expect(rollout(undefined)).toMatchObject({ wanted: 0, available: 0, complete: false });
  });
});
