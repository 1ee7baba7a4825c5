import { describe, expect, it } from "@jest/globals";
import { createFloor } from "./floor.ts";

const setUp = (mayLoseSeconds: number, believed = 0) => {
  let time = 0;
  let known = believed;
  const floor = createFloor({ believed: () => known, mayLoseSeconds, now: () => time });
  return {
    limits: floor.limits,
    /** Sees a total a second, from this on. */
    see(...totals: number[]) {
      for (const total of totals) {
        time += 1000;
        floor.saw(total);
      }
    },
    believe: (count: number) => {
      known = count;
    },
  };
};

describe("the floor", () => {
  it("is the highest count seen, and nothing lower is raised where nothing may be lost", () => {
    const { see, limits } = setUp(0);
    see(10, 30, 20);
    expect(limits()).toEqual({ floor: 30, raiseFrom: 30 });
  });

  it("is, before a count was seen, the one that was believed; that one is never raised to", () => {
    const { limits, see } = setUp(3, 41_000);
    expect(limits()).toEqual({ floor: 41_000, raiseFrom: 41_000 });
    see(41_005);
    expect(limits().floor).toBe(41_005);
  });

  it("raises from where the count stood before the seconds that may be lost", () => {
    const { see, limits } = setUp(3);
    see(100, 200, 300, 400, 500, 600);
    expect(limits()).toEqual({ floor: 600, raiseFrom: 300 });
  });

  it("takes for no lost second what a young process has never seen", () => {
    const { see, limits } = setUp(3);
    see(1_000_000, 1_000_100);
    expect(limits()).toEqual({ floor: 1_000_100, raiseFrom: 1_000_000 });
  });

  it("raises nothing once a higher count is believed than this process has seen", () => {
    const { see, limits, believe } = setUp(3);
    see(10, 20, 30, 40, 50);
    believe(990_000);
    expect(limits()).toEqual({ floor: 990_000, raiseFrom: 990_000 });
    believe(0);
    expect(limits()).toEqual({ floor: 50, raiseFrom: 20 });
  });

  it("remembers a few moments only", () => {
    let time = 0;
    const floor = createFloor({ believed: () => 0, mayLoseSeconds: 3, now: () => time });
    for (let total = 1; total <= 100_000; total += 1) {
      time += 1;
      floor.saw(total);
    }
    const { raiseFrom } = floor.limits();
    expect(raiseFrom).toBeLessThanOrEqual(97_000);
    expect(raiseFrom).toBeGreaterThan(96_500);
  });
});
