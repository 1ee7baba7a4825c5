import { describe, expect, it } from "@jest/globals";
import { inTime, sleep, systemClock } from "./clock.ts";
import { manualClock } from "./testing/manualClock.ts";

describe("sleep", () => {
  it("ends when its time is up", async () => {
    const clock = manualClock();
    const sleeping = sleep(clock, 100, new AbortController().signal);
    clock.advance(100);
    await sleeping;
  });

  it("ends early when its signal aborts, and leaves no timer", async () => {
    const clock = manualClock();
    const stop = new AbortController();
    const sleeping = sleep(clock, 100, stop.signal);
    stop.abort();
    await sleeping;
    await sleep(clock, 100, stop.signal);
    expect(clock.waiting).toBe(0);
  });
});

describe("a task in time", () => {
  const heeds = (signal: AbortSignal) =>
    new Promise<never>((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

  it("is what it comes to, and leaves no timer", async () => {
    const clock = manualClock();
    expect(await inTime(clock, 100, async () => 7)).toBe(7);
    const failing = inTime(clock, 100, () => {
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(clock.waiting).toBe(0);
  });

  it("is told to end when its time is up, or when its caller wants it to", async () => {
    const clock = manualClock();
    const late = inTime(clock, 100, heeds);
    clock.advance(100);
    await expect(late).rejects.toThrow("no answer within 100 ms");
    const abort = new AbortController();
    const unwanted = inTime(clock, 100, heeds, abort);
    abort.abort(new Error("unwanted"));
    await expect(unwanted).rejects.toThrow("unwanted");
    expect(clock.waiting).toBe(0);
  });
});

describe("the system clock", () => {
  it("calls back in time, and not at once where a delay is too long for Node.js", async () => {
    let early = false;
    const cancel = systemClock.after(2 ** 40, () => {
      early = true;
    });
    const before = systemClock.now();
    await new Promise<void>((resolve) => systemClock.after(5, resolve));
    expect(systemClock.now() - before).toBeGreaterThanOrEqual(4);
    expect(early).toBe(false);
    cancel();
  });
});
