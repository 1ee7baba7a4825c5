import { describe, expect, it } from "@jest/globals";
import type { V1Pod, V1StatefulSet } from "@kubernetes/client-node";
import type { KubeClient } from "../../runtime/index.ts";
import { askWhyNotMade, unmadeOf } from "./whyNotMade.ts";

const statefulSet: V1StatefulSet = {
  metadata: { namespace: "demo", uid: "set", generation: 2 },
  spec: { replicas: 1, selector: {}, template: {} },
  status: { observedGeneration: 2, replicas: 0 },
};
const unseen: V1StatefulSet = { ...statefulSet, status: { observedGeneration: 1, replicas: 0 } };
const pod = (reason: string | undefined, ready = "False"): V1Pod => ({
  metadata: { uid: "pod" },
  status: {
    conditions: [{ type: "Ready", status: ready }],
    containerStatuses: [
      {
        name: "redis",
        image: "r",
        imageID: "",
        ready: ready === "True",
        restartCount: 0,
        state: reason === undefined ? { running: {} } : { waiting: { reason } },
      },
    ],
  },
});

describe("what is asked after", () => {
  it.each<[string, V1StatefulSet | undefined, V1Pod[], string | undefined]>([
    ["the StatefulSet, while it has fewer pods than it wants", statefulSet, [], "set"],
    ["a pod whose container is not made", statefulSet, [pod("ContainerCreating")], "pod"],
    [
      "nothing where the pod says itself why it does not start",
      statefulSet,
      [pod("ImagePullBackOff")],
      undefined,
    ],
    ["nothing where the pod serves", statefulSet, [pod(undefined, "True")], undefined],
    ["nothing while its controller has not looked at it", unseen, [], undefined],
    ["nothing where there is nothing", undefined, [], undefined],
  ])("is %s", (_title, workload, pods, uid) => {
    expect(unmadeOf(workload, pods)?.uid).toBe(uid);
  });
});

describe("the answer", () => {
  it("is the last warning about that object, and not what kept it from a node before", async () => {
    const asked: unknown[] = [];
    const list = async (_kind: unknown, options: { fieldSelector?: string }) => {
      asked.push(options.fieldSelector);
      const event = (message: string, lastTimestamp: string) => ({ message, lastTimestamp, metadata: {} });
      return {
        metadata: {},
        items: [event("older", "2026-01-02T03:04:05Z"), event("exceeded quota", "2026-01-02T03:05:00Z")],
      };
    };
    const ask = askWhyNotMade({ list } as unknown as KubeClient);
    const { signal } = new AbortController();
    expect(await ask({ namespace: "demo", uid: "set" }, signal)).toBe("exceeded quota");
    expect(asked).toEqual(["involvedObject.uid=set,type=Warning,reason!=FailedScheduling"]);
  });
});
