import { describe, expect, it } from "@jest/globals";
import { sleep, systemClock } from "./clock.ts";
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
