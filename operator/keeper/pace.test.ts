import { describe, expect, it } from "@jest/globals";
import { manualClock } from "../runtime/testing/manualClock.ts";
import { createPace } from "./pace.ts";

describe("a pace", () => {
  it("wakes all that are due on the grid at once, by one timer", () => {
    const clock = manualClock();
    const pace = createPace(clock);
    const woken: string[] = [];
    pace.at(210, () => woken.push(`one at ${clock.now()}`));
    pace.at(299, () => woken.push(`two at ${clock.now()}`));
    pace.at(301, () => woken.push(`three at ${clock.now()}`));
    expect(clock.waiting).toBe(1);
    clock.advance(1000);
    expect(woken).toEqual(["one at 300", "two at 300", "three at 400"]);
    expect(clock.waiting).toBe(0);
  });

  it("wakes what was due before at the next time on the grid, not at once", () => {
    const clock = manualClock();
    clock.advance(1000);
    let woken = 0;
    createPace(clock).at(5, () => {
      woken = clock.now();
    });
    clock.advance(99);
    expect(woken).toBe(0);
    clock.advance(1);
    expect(woken).toBe(1100);
  });

  it("wakes nobody who gave it up, and has no timer for nobody", () => {
    const clock = manualClock();
    const pace = createPace(clock);
    let woken = 0;
    const cancel = pace.at(100, () => {
      woken += 1;
    });
    cancel();
    expect(clock.waiting).toBe(0);
    clock.advance(1000);
    expect(woken).toBe(0);
  });

  it("takes an earlier time that is asked for later", () => {
    const clock = manualClock();
    const pace = createPace(clock);
    const woken: number[] = [];
    pace.at(900, () => woken.push(clock.now()));
    pace.at(200, () => woken.push(clock.now()));
    clock.advance(1000);
    expect(woken).toEqual([200, 900]);
  });
});
