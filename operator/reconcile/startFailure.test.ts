import { describe, expect, it } from "@jest/globals";
import type { V1ContainerState, V1Pod } from "@kubernetes/client-node";
import { startFailure } from "./startFailure.ts";

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
    expect(startFailure([pod(container)])).toBeUndefined();
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
    expect(startFailure([pod({ ready: true }), pod(container)])).toMatchObject({ message, hopeless });
  });

  it("that is on its way out is of no interest", () => {
    const going = { deletionTimestamp: new Date(0) };
    expect(startFailure([pod({ state: waiting("ImagePullBackOff") }, going)])).toBeUndefined();
  });
});
