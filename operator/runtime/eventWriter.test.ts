import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "@jest/globals";
import { ApiError } from "./apiError.ts";
import { createEventWriter, type EventObject } from "./eventWriter.ts";
import { FencedError } from "./fence.ts";
import type { KubeClient } from "./kubeClient.ts";
import { manualClock } from "./testing/manualClock.ts";
import { memoryLog } from "./testing/things.ts";

const numbered = (number: number, more: Partial<EventObject> = {}): EventObject => ({
  apiVersion: "events.k8s.io/v1",
  kind: "Event",
  metadata: { namespace: "demo", name: `event-${number}` },
  reason: "Created",
  eventTime: "1970-01-01T00:00:00.000000Z",
  ...more,
});

/** A writer and what the API server is asked, to be answered by `answer`: by default with the object. */
function writerWith(answer: (ask: string) => unknown = () => {}) {
  const clock = manualClock();
  const asked: string[] = [];
  const ask = (verb: string) => async (_kind: unknown, event: EventObject) => {
    asked.push(`${verb} ${event.metadata?.name}`);
    await answer(`${verb} ${event.metadata?.name}`);
    return event;
  };
  const { log, lines } = memoryLog();
  const writer = createEventWriter({
    client: { create: ask("create"), apply: ask("apply") } as unknown as KubeClient,
    log,
    fieldManager: "test-controller",
    clock,
    random: () => 1,
  });
  /** Moves the clock on in steps, and lets what falls due be done. */
  const pass = async (ms: number, step = 100) => {
    await setImmediate();
    for (let passed = 0; passed < ms; passed += step) {
      clock.advance(step);
      await setImmediate();
    }
  };
  return { writer, clock, asked, lines, pass };
}

const unavailable = () => {
  throw new ApiError(503, { reason: "ServiceUnavailable" });
};

describe("the event writer", () => {
  it("creates an event at once, and brings a series up to date", async () => {
    const { writer, asked, pass } = writerWith();
    writer.write(numbered(1));
    expect(asked).toEqual(["create event-1"]);
    writer.write(numbered(1, { series: { count: 2, lastObservedTime: "1970-01-01T00:01:00.000000Z" } }));
    await pass(100);
    expect(asked).toEqual(["create event-1", "apply event-1"]);
  });

  it("writes in order, one at a time and ten a second at most", async () => {
    let underWay = 0;
    let most = 0;
    const { writer, asked, pass } = writerWith(async () => {
      most = Math.max(most, ++underWay);
      await setImmediate();
      underWay -= 1;
    });
    for (let number = 0; number < 100; number += 1) writer.write(numbered(number));
    await pass(1_000, 5);
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.length).toBeLessThanOrEqual(11);
    await pass(20_000);
    expect(asked).toEqual(Array.from({ length: 100 }, (_, number) => `create event-${number}`));
    expect(most).toBe(1);
  });

  it("begins anew when there is something to write again", async () => {
    const { writer, asked, pass } = writerWith();
    writer.write(numbered(1));
    await pass(1_000);
    writer.write(numbered(2));
    expect(asked).toEqual(["create event-1", "create event-2"]);
  });

  it("tries again, later and later, until the API server is back, and keeps the order", async () => {
    let isAway = true;
    const { writer, asked, lines, pass } = writerWith(() => isAway && unavailable());
    writer.write(numbered(1));
    writer.write(numbered(2));
    await pass(500);
    expect(asked).toEqual(["create event-1"]);
    await pass(7_000); // 1, 2 and 4 s after it failed
    expect(asked).toHaveLength(4);
    isAway = false;
    await pass(9_000);
    expect(asked.slice(4)).toEqual(["create event-1", "create event-2"]);
    expect(lines).toEqual([]);
  });

  it("waits as long as the API server asks", async () => {
    const { writer, asked, pass } = writerWith(() => {
      throw new ApiError(429, { reason: "TooManyRequests" }, "20");
    });
    writer.write(numbered(1));
    await pass(19_000);
    expect(asked).toHaveLength(1);
    await pass(1_000);
    expect(asked).toHaveLength(2);
  });

  it("takes an event for written that is there already", async () => {
    const answers = [unavailable, () => Promise.reject(new ApiError(409, { reason: "AlreadyExists" }))];
    const { writer, asked, lines, pass } = writerWith(() => answers.shift()?.());
    writer.write(numbered(1));
    await pass(60_000);
    expect(asked).toHaveLength(2);
    expect(lines).toEqual([]);
  });

  it.each([
    ["is refused", new ApiError(403, { reason: "Forbidden", message: "the namespace is being terminated" })],
    ["may not be sent any more", new FencedError("not sent, as this process is no longer the leader")],
  ])("gives up an event that %s, says so, and goes on", async (_title, error) => {
    const { writer, asked, lines, pass } = writerWith((ask) => {
      if (ask === "create event-1") throw error;
    });
    writer.write(numbered(1));
    writer.write(numbered(2));
    await pass(60_000);
    expect(asked).toEqual(["create event-1", "create event-2"]);
    expect(lines).toEqual([
      expect.objectContaining({ level: "warn", reason: "Created", error: error.message }),
    ]);
  });

  it("gives an event up after ten tries", async () => {
    const { writer, asked, lines, pass } = writerWith(unavailable);
    writer.write(numbered(1));
    await pass(600_000, 1_000);
    expect(asked).toHaveLength(10);
    expect(lines).toHaveLength(1);
  });

  it("drops what comes while too many wait, so that its memory is bounded", async () => {
    const { writer, lines } = writerWith();
    for (let number = 0; number < 2_010; number += 1) writer.write(numbered(number));
    // One of them is on its way.
    expect(lines).toHaveLength(9);
    expect(lines[0]).toMatchObject({ level: "warn", reason: "Created" });
    await writer.stop(1_000);
  });

  it("writes what waits without pauses when it stops", async () => {
    const { writer, asked, lines } = writerWith();
    for (let number = 0; number < 100; number += 1) writer.write(numbered(number));
    await writer.stop(1_000);
    expect(asked).toHaveLength(100);
    expect(lines).toEqual([]);
  });

  it("stops in time, whatever waits, and says how much that was", async () => {
    const { writer, clock, asked, lines } = writerWith(() => clock.advance(100));
    for (let number = 0; number < 100; number += 1) writer.write(numbered(number));
    await writer.stop(1_000);
    expect(asked.length).toBeLessThan(15);
    expect(lines).toEqual([expect.objectContaining({ level: "warn", count: 100 - asked.length })]);
  });

  it("waits for no further try when it stops", async () => {
    const { writer, asked, lines, pass } = writerWith(unavailable);
    writer.write(numbered(1));
    await pass(100);
    await writer.stop(1_000);
    expect(asked).toHaveLength(2);
    expect(lines).toHaveLength(1);
  });
});
