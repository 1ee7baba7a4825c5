import { describe, expect, it } from "@jest/globals";
import { manualClock } from "../../runtime/testing/manualClock.ts";
import { untilAnswered } from "./outage.ts";

const turn = () => new Promise(setImmediate);

describe("an API server that does not answer", () => {
  it("is asked again, more and more seldom, until it does", async () => {
    const clock = manualClock();
    const asked: number[] = [];
    const answers = untilAnswered(
      async () => {
        asked.push(clock.now());
        if (asked.length < 6) throw new Error("connection refused");
      },
      clock,
      () => 0.999,
      new AbortController().signal,
    );
    const began = clock.now();
    for (let second = 0; second < 16; second += 1) {
      await turn();
      clock.advance(1_000);
    }
    await answers;
    expect(asked.map((at) => at - began)).toEqual([0, 1_000, 3_000, 7_000, 11_000, 15_000]);
  });

  it("is waited for no more by who is told to stop", async () => {
    const abort = new AbortController();
    const ask = async (): Promise<never> => {
      throw new Error("connection refused");
    };
    const answers = untilAnswered(ask, manualClock(), Math.random, abort.signal);
    await turn();
    abort.abort();
    await expect(answers).resolves.toBeUndefined();
  });
});
