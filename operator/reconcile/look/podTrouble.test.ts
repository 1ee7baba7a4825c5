import { describe, expect, it } from "@jest/globals";
import type { V1ContainerState, V1Pod } from "@kubernetes/client-node";
import { podTrouble } from "./podTrouble.ts";

interface Container {
  state?: V1ContainerState;
  lastState?: V1ContainerState;
  ready?: boolean;
  restartCount?: number;
}
const pod = (container: Container, metadata: V1Pod["metadata"] = {}): V1Pod => ({
  metadata: { name: "web-x", ...metadata },
  status: {
    containerStatuses: [
      { name: "counter", image: "i", imageID: "", ready: false, restartCount: 0, ...container },
    ],
  },
});
const waiting = (reason: string, message?: string) => ({ waiting: { reason, ...(message && { message }) } });
const ended = (message?: string) => ({ terminated: { exitCode: 1, ...(message && { message }) } });

describe("a pod", () => {
  it.each<[string, Container]>([
    ["is being made", { state: waiting("ContainerCreating") }],
    ["has crashed once", { state: { running: {} }, lastState: ended(), restartCount: 1 }],
    ["has crashed often, but is ready now", { lastState: ended(), restartCount: 9, ready: true }],
  ])("that %s may yet start", (_title, container) => {
    expect(podTrouble([pod(container)], "counter")).toBeUndefined();
  });

  it.each<[string, Container, string, boolean]>([
    [
      "whose image can't be pulled",
      { state: waiting("ImagePullBackOff", "not found") },
      "pod web-x: ImagePullBackOff (not found)",
      true,
    ],
    [
      "whose image could not be pulled once",
      { state: waiting("ErrImagePull") },
      "pod web-x: ErrImagePull",
      false,
    ],
    [
      "that crashes again and again, in its last words",
      {
        state: waiting("CrashLoopBackOff"),
        lastState: ended("starting\ncannot start: no port\n"),
        restartCount: 1,
      },
      "pod web-x: CrashLoopBackOff (cannot start: no port)",
      true,
    ],
    [
      "that runs for a moment between crashes without a word",
      { state: { running: {} }, lastState: ended(), restartCount: 2 },
      "pod web-x: CrashLoopBackOff (it ended with exit code 1)",
      true,
    ],
  ])("%s does not start", (_title, container, message, hopeless) => {
    expect(podTrouble([pod({ ready: true }), pod(container)], "counter")).toMatchObject({
      message,
      hopeless,
    });
  });

  it("that is on its way out is of no interest", () => {
    const going = { deletionTimestamp: new Date(0) };
    expect(podTrouble([pod({ state: waiting("ImagePullBackOff") }, going)], "counter")).toBeUndefined();
  });

  it.each<[string, V1Pod, string]>([
    [
      "has no node",
      {
        metadata: { name: "web-x" },
        status: {
          phase: "Pending",
          conditions: [
            {
              type: "PodScheduled",
              status: "False",
              reason: "Unschedulable",
              message: "0/3 nodes: Insufficient cpu",
            },
          ],
        },
      },
      "pod web-x: Unschedulable (0/3 nodes: Insufficient cpu)",
    ],
    [
      "was thrown out by its node",
      {
        metadata: { name: "web-x" },
        status: { phase: "Failed", reason: "Evicted", message: "low on memory" },
      },
      "pod web-x: Evicted (low on memory)",
    ],
    [
      "lacks what its settings name",
      pod({ state: waiting("CreateContainerConfigError", 'secret "web-redis" not found') }),
      'pod web-x: CreateContainerConfigError (secret "web-redis" not found)',
    ],
    [
      "has a container of somebody else's that crashes",
      {
        metadata: { name: "web-x" },
        status: {
          initContainerStatuses: [
            {
              name: "mesh",
              image: "m",
              imageID: "",
              ready: false,
              restartCount: 3,
              state: waiting("CrashLoopBackOff"),
              lastState: ended("mesh: cannot reach its control plane"),
            },
          ],
        },
      },
      "pod web-x, container mesh: CrashLoopBackOff (mesh: cannot reach its control plane)",
    ],
  ])("that %s is not blamed on its own image", (_title, troubled, message) => {
    expect(podTrouble([troubled], "counter")).toMatchObject({ message, own: false });
  });

  it("tells when the container that crashed had begun", () => {
    const crashed = {
      terminated: {
        exitCode: 1,
        startedAt: new Date("2026-01-02T03:04:05Z"),
        finishedAt: new Date("2026-01-02T03:04:09Z"),
      },
    };
    const looping = pod({ state: waiting("CrashLoopBackOff"), lastState: crashed, restartCount: 3 });
    expect(podTrouble([looping], "counter")?.crashBeganAt).toBe(Date.parse("2026-01-02T03:04:05Z"));
  });
});
