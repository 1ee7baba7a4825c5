import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { startPace } from "./pace.ts";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe("a pace", () => {
  it.each([200, 37, 2])("of %d a second is kept until it is stopped", (perSecond) => {
    let times = 0;
    const stop = startPace(perSecond, () => {
      times += 1;
    });
    jest.advanceTimersByTime(10_000);
    expect(Math.abs(times - 10 * perSecond)).toBeLessThanOrEqual(1); // sums of parts are not exact
    stop();
    const before = times;
    jest.advanceTimersByTime(10_000);
    expect(times).toBe(before);
  });

  it("is not made up for after a long hold-up", () => {
    let times = 0;
    const stop = startPace(200, () => {
      times += 1;
    });
    const now = performance.now();
    jest.spyOn(performance, "now").mockReturnValue(now + 10_000);
    jest.advanceTimersToNextTimer();
    expect(times).toBe(10);
    stop();
    jest.restoreAllMocks();
  });

  it("is held while enough is under way", () => {
    let times = 0;
    const stop = startPace(
      200,
      () => {
        times += 1;
      },
      () => times >= 3,
    );
    jest.advanceTimersByTime(1_000);
    expect(times).toBe(3);
    stop();
  });
});
