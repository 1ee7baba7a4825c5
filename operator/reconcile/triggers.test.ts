import { describe, expect, it } from "@jest/globals";
import type { V1Pod } from "@kubernetes/client-node";
import type { HitCounter } from "../api/hitCounter.ts";
import { ACCEPT_LOSS_OF } from "../desired/names.ts";
import { hitCounterWith } from "../testing/fixtures.ts";
import { changeOfHitCounter, changeOfPod, instanceOf, onlyStartsAndServes } from "./triggers.ts";

const web = { namespace: "demo", name: "web" };

describe("a change of a HitCounter", () => {
  const known = (metadata: Partial<HitCounter["metadata"]> = {}): HitCounter => {
    const hitCounter = hitCounterWith();
    return { ...hitCounter, metadata: { ...hitCounter.metadata, resourceVersion: "7", ...metadata } };
  };

  it.each<[string, Partial<HitCounter["metadata"]>]>([
    ["its spec changed", { generation: 2 }],
    ["another has taken its name", { uid: "uid-of-another" }],
    ["it is being deleted", { deletionTimestamp: "2026-01-01T00:00:00Z" }],
    ["somebody accepts a loss", { annotations: { [ACCEPT_LOSS_OF]: "12" } }],
  ])("is looked at where %s", (_title, metadata) => {
    expect(changeOfHitCounter(known({ resourceVersion: "8", ...metadata }), known())).toEqual([web]);
  });

  it("is looked at where it is new, or the time for it has come", () => {
    expect(changeOfHitCounter(known())).toEqual([web]);
    expect(changeOfHitCounter(known(), known())).toEqual([web]);
  });

  it("is not looked at where only the status changed, or an annotation that does not count", () => {
    expect(changeOfHitCounter(known({ resourceVersion: "8" }), known())).toEqual([]);
    const noted = known({ resourceVersion: "8", annotations: { "example.com/note": "hello" } });
    expect(changeOfHitCounter(noted, known())).toEqual([]);
  });
});

describe("a change of a pod", () => {
  const labels = { "app.kubernetes.io/instance": "web" };
  const pod = (ready: boolean, waitsFor?: string): V1Pod => ({
    metadata: { name: "web-counter-x", namespace: "demo", labels },
    status: {
      conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
      containerStatuses: [
        {
          name: "counter",
          image: "i",
          imageID: "",
          ready,
          restartCount: 0,
          state: waitsFor === undefined ? { running: {} } : { waiting: { reason: waitsFor } },
        },
      ],
    },
  });

  it.each<[string, V1Pod, V1Pod | undefined]>([
    ["serves", pod(true), pod(false)],
    ["no longer serves", pod(false), pod(true)],
    ["plainly can't start", pod(false, "ImagePullBackOff"), pod(false)],
    ["can't start for another reason", pod(false, "CrashLoopBackOff"), pod(false, "ImagePullBackOff")],
    ["starts after all", pod(false), pod(false, "ImagePullBackOff")],
    ["serves when it is first heard of", pod(true), undefined],
    [
      "is on its way out",
      { ...pod(true), metadata: { ...pod(true).metadata, deletionTimestamp: new Date(0) } },
      pod(true),
    ],
  ])("is looked at where the pod %s", (_title, now, before) => {
    expect(changeOfPod(now, before, before ? "modified" : "added")).toEqual([web]);
  });

  it("is looked at where the pod is gone, whatever it was", () => {
    expect(changeOfPod(pod(true), pod(true), "deleted")).toEqual([web]);
    expect(changeOfPod(pod(false), pod(false), "deleted")).toEqual([web]);
  });

  it("is not looked at where the pod starts and serves, or does not, as before", () => {
    expect(changeOfPod(pod(true), pod(true), "modified")).toEqual([]);
    expect(changeOfPod(pod(false, "ImagePullBackOff"), pod(false, "ImagePullBackOff"), "modified")).toEqual(
      [],
    );
    expect(changeOfPod(pod(false), undefined, "added")).toEqual([]);
  });

  it("is not looked at where the pod belongs to no HitCounter", () => {
    expect(changeOfPod({ metadata: { name: "x", namespace: "demo" } }, undefined, "deleted")).toEqual([]);
  });

  it("says as much of the pod as is kept of it", () => {
    const whole: V1Pod = {
      metadata: {
        ...pod(true).metadata,
        uid: "u",
        resourceVersion: "7",
        managedFields: [{ manager: "kubelet" }],
      },
      spec: { containers: [{ name: "counter" }] },
      status: {
        ...pod(true).status,
        conditions: [{ type: "Initialized", status: "True" }, ...(pod(true).status?.conditions ?? [])],
        podIP: "10.244.0.7",
      },
    };
    const kept = onlyStartsAndServes(whole);
    expect(kept).toEqual({
      metadata: { name: "web-counter-x", namespace: "demo", uid: "u", resourceVersion: "7", labels },
      status: { ...pod(true).status, podIP: "10.244.0.7" },
    });
    expect(instanceOf(kept)).toEqual([web]);
    expect(changeOfPod(kept, whole, "modified")).toEqual([]);
  });
});
