import { describe, expect, it } from "@jest/globals";
import { createEventRecorder, type EventNote } from "./events.ts";
import type { KubeClient } from "./kubeClient.ts";
import type { KubeObject } from "./objects.ts";
import { manualClock } from "./testing/manualClock.ts";
import { memoryLog, thing } from "./testing/things.ts";

const note: EventNote = { type: "Normal", reason: "Created", action: "Create", note: "Created it" };
const regarding = thing("a", 1, { uid: "uid-of-a" });

/** A recorder whose writes end up in an array, or fail. */
function recorderWith({ fails = false } = {}) {
  const clock = manualClock();
  const written: (KubeObject & { series?: { count: number } })[] = [];
  const apply = (_kind: unknown, object: KubeObject) => {
    written.push(object);
    return fails ? Promise.reject(new Error("the API server is away")) : Promise.resolve(object);
  };
  const { log, lines } = memoryLog();
  const recorder = createEventRecorder({
    client: { apply } as unknown as KubeClient,
    log,
    clock,
    controller: "test-controller",
    instance: "test-controller-0",
    now: () => new Date(clock.now()),
  });
  return { recorder, clock, written, lines };
}

describe("the event recorder", () => {
  it("writes what kubectl describe shows", () => {
    const { recorder, written } = recorderWith();
    recorder.record(regarding, note);
    expect(written).toEqual([
      expect.objectContaining({
        apiVersion: "events.k8s.io/v1",
        kind: "Event",
        metadata: { name: expect.stringMatching(/^a\.[0-9a-f]{16}$/), namespace: "demo" },
        eventTime: "1970-01-01T00:00:00.000000Z",
        regarding: expect.objectContaining({ kind: "Thing", name: "a", uid: "uid-of-a" }),
        reportingController: "test-controller",
        ...note,
      }),
    ]);
  });

  it("counts the same note up instead of writing it anew, once a minute", () => {
    const { recorder, clock, written } = recorderWith();
    for (let second = 0; second < 150; second += 1) {
      recorder.record(regarding, note);
      clock.advance(1000);
    }
    expect(written.map(({ series }) => series?.count)).toEqual([undefined, 61, 121]);
    expect(new Set(written.map(({ metadata }) => metadata?.name)).size).toBe(1);
  });

  it("writes another note, another object, and the same after a long while anew", () => {
    const { recorder, clock, written } = recorderWith();
    recorder.record(regarding, note);
    recorder.record(regarding, { ...note, note: "Created another" });
    recorder.record(thing("b", 1, { uid: "uid-of-b" }), note);
    clock.advance(601_000);
    recorder.record(regarding, note);
    expect(new Set(written.map(({ metadata }) => metadata?.name)).size).toBe(4);
  });

  it("logs what it could not write, and throws nothing", async () => {
    const { recorder, lines } = recorderWith({ fails: true });
    recorder.record(regarding, note);
    await recorder.flush();
    expect(lines).toEqual([expect.objectContaining({ level: "warn", error: "the API server is away" })]);
  });

  it("drops what comes while too many wait, so that its memory is bounded", () => {
    const { recorder, written, lines } = recorderWith();
    for (let index = 0; index < 150; index += 1)
      recorder.record(regarding, { ...note, note: `number ${index}` });
    expect(written).toHaveLength(100);
    expect(lines).toHaveLength(50);
  });
});
