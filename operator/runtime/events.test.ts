import { describe, expect, it } from "@jest/globals";
import { createEventRecorder, type EventNote } from "./events.ts";
import type { EventObject } from "./eventWriter.ts";
import { manualClock } from "./testing/manualClock.ts";
import { thing } from "./testing/things.ts";

const note: EventNote = { type: "Normal", reason: "Created", action: "Create", note: "Created it" };
const regarding = thing("a", 1, { uid: "uid-of-a" });

/** A recorder whose events end up in an array. */
function recorderWith() {
  const clock = manualClock();
  const written: EventObject[] = [];
  const recorder = createEventRecorder({
    writer: { write: (event) => void written.push(event) },
    clock,
    controller: "test-controller",
    instance: "test-controller-0",
    now: () => new Date(clock.now()),
  });
  return { recorder, clock, written };
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
});
