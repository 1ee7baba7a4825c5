import { describe, expect, it } from "@jest/globals";
import { collectGarbage } from "./garbage.ts";
import { manualClock } from "./testing/manualClock.ts";
import { until } from "./testing/until.ts";

describe("garbage", () => {
  it("is collected every two minutes until the signal aborts", async () => {
    const clock = manualClock();
    const stop = new AbortController();
    let collected = 0;
    const collecting = collectGarbage(stop.signal, () => (collected += 1), clock);
    for (const times of [1, 2, 3]) {
      clock.advance(119_999);
      await new Promise(setImmediate);
      expect(collected).toBe(times - 1);
      clock.advance(1);
      await until("it waits once more", () => clock.waiting === 1);
      expect(collected).toBe(times);
    }
    stop.abort();
    await collecting;
    expect([collected, clock.waiting]).toEqual([3, 0]);
  });

  it("is left to Node.js where that does not let anyone collect it", async () => {
    const clock = manualClock();
    await collectGarbage(new AbortController().signal, undefined, clock);
    expect(clock.waiting).toBe(0);
  });
});
