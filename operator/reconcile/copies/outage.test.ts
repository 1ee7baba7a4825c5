import { describe, expect, it } from "@jest/globals";
import { manualClock } from "../../runtime/testing/manualClock.ts";
import { untilAnswered } from "./outage.ts";

const turn = () => new Promise(setImmediate);

describe("an API server that does not answer", () => {
  it("is asked again every 2 s until it does", async () => {
    const clock = manualClock();
    const asked: number[] = [];
    const answers = untilAnswered(
      async () => {
        asked.push(clock.now());
        if (asked.length < 3) throw new Error("connection refused");
      },
      clock,
      new AbortController().signal,
    );
    const began = clock.now();
    for (let second = 0; second < 6; second += 1) {
      await turn();
      clock.advance(1_000);
    }
    await answers;
    expect(asked.map((at) => at - began)).toEqual([0, 2_000, 4_000]);
  });

  it("is waited for no more by who is told to stop", async () => {
    const abort = new AbortController();
    const ask = async (): Promise<never> => {
      throw new Error("connection refused");
    };
    const answers = untilAnswered(ask, manualClock(), abort.signal);
    await turn();
    abort.abort();
    await expect(answers).resolves.toBeUndefined();
  });
});
