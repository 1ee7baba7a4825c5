import { jest } from "@jest/globals";
import type { ScriptCall } from "../batch.ts";
import { createFloor } from "../floor.ts";
import { type HitsOptions, redisHits } from "../hits.ts";
import type { RedisLink } from "../link.ts";
import type { Log } from "../logger.ts";

/** A link whose commands the test answers by hand. */
const handLink = () => {
  let ready = true;
  let becameReady = () => {};
  const calls: {
    call: ScriptCall;
    hits: number;
    answer: (...reply: (number | string)[]) => void;
    fail: (error: Error) => void;
  }[] = [];
  const link: RedisLink = {
    isReady: () => ready,
    onReady: (callback) => {
      becameReady = callback;
    },
    evaluate: (call) =>
      new Promise((resolve, fail) => {
        calls.push({ call, hits: Number(call.args[3] ?? 0), answer: (...reply) => resolve(reply), fail });
      }),
    close: () => {},
  };
  const setReady = (to: boolean) => {
    ready = to;
    if (to) {
      becameReady();
    }
  };
  return { link, calls, setReady };
};

/** Lets a turn of the event loop pass. */
export const turn = () => new Promise((resolve) => setImmediate(resolve));
/** Lets so many milliseconds pass by the fake clock. */
export const pass = async (milliseconds: number) => {
  await turn();
  jest.advanceTimersByTime(milliseconds);
  await turn();
};
/** Redis that has answered with an error is asked again after this long (ms). */
export const AGAIN = 100;
const silent: Log = () => {};

/** Hits over such a link. */
export const hitsByHand = (options: Partial<HitsOptions> = {}) => {
  const { link, calls, setReady } = handLink();
  const hits = redisHits({
    link,
    log: silent,
    patienceSeconds: 5,
    maxWaiting: 100,
    maxPages: 5,
    floor: createFloor({ believed: () => 0, mayLoseSeconds: 0, now: () => performance.now() }),
    settleSeconds: 0,
    writer: "w",
    ...options,
  });
  const sent = async (index: number) => {
    for (let turns = 0; turns < 100; turns++) {
      if (calls[index] !== undefined) return calls[index];
      await turn();
    }
    throw new Error(`Redis was not called ${index + 1} times`);
  };
  return { hits, calls, sent, setReady };
};
