import { describe, expect, it } from "@jest/globals";
import { Hopeless, untilNothingIsWaitedFor } from "./patience.ts";
import { hasty } from "./testing/surroundings.ts";

/** What each look finds, in turn; the last one stays. */
const seeing = (...sights: (string | undefined | Error)[]) => {
  let index = 0;
  return () => {
    const sight = sights[Math.min(index, sights.length - 1)];
    index += 1;
    return sight instanceof Error ? Promise.reject(sight) : Promise.resolve(sight);
  };
};

describe("waiting", () => {
  it("logs what is waited for whenever that changes, and ends when it is nothing", async () => {
    const { surroundings, waitedFor } = hasty();
    await untilNothingIsWaitedFor(surroundings, 60, seeing("Redis", "Redis", "Counter", "Redis", undefined));
    expect(waitedFor()).toEqual(["Redis", "Counter", "Redis"]);
  });

  it("takes a look that fails for one more thing that is waited for", async () => {
    const { surroundings, waitedFor } = hasty();
    const away = new Error("asking", { cause: new Error("503") });
    await untilNothingIsWaitedFor(surroundings, 60, seeing(away, "Redis", away, undefined));
    expect(waitedFor()).toEqual(["asking: 503", "Redis", "asking: 503"]);
  });

  it("ends in time, with the last words", async () => {
    const { surroundings, seconds } = hasty();
    const waiting = untilNothingIsWaitedFor(
      surroundings,
      60,
      seeing(new Error("away"), "Redis is not ready."),
    );
    await expect(waiting).rejects.toThrow("Not within 60 s: Redis is not ready.");
    expect(seconds()).toBe(60);
  });

  it("looks more seldom while looks fail, and no longer than it may", async () => {
    const { surroundings, seconds } = hasty();
    let looks = 0;
    const waiting = untilNothingIsWaitedFor(surroundings, 300, () => {
      looks += 1;
      throw new Error("away");
    });
    await expect(waiting).rejects.toThrow("Not within 300 s: away");
    expect(seconds()).toBe(300);
    expect(looks).toBeLessThan(60);
  });

  it("does not wait for what is hopeless", async () => {
    const { surroundings, seconds } = hasty();
    const waiting = untilNothingIsWaitedFor(
      surroundings,
      60,
      seeing("Redis", new Hopeless("It never comes")),
    );
    await expect(waiting).rejects.toThrow("It never comes");
    expect(seconds()).toBe(1);
  });
});
