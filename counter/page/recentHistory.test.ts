import { afterEach, beforeEach, expect, it, jest } from "@jest/globals";
import type { By, History } from "../look.ts";
import { Unavailable } from "../unavailable.ts";
import { recentHistory } from "./recentHistory.ts";

beforeEach(() => void jest.useFakeTimers({ doNotFake: ["nextTick", "queueMicrotask", "setImmediate"] }));
afterEach(() => void jest.useRealTimers());

const start = (history: (by: By, time: number) => Promise<History>) => {
  const asked: By[] = [];
  const logged: string[] = [];
  const recent = recentHistory({
    hits: {
      history: (by) => {
        asked.push(by);
        return history(by, asked.length);
      },
    },
    log: (_level, msg) => void logged.push(msg),
    now: () => performance.now(),
  });
  return { recent, asked, logged };
};
const found = async (by: By, hits: number) => ({ hits, by, counts: [], earlier: 0, unattributed: hits });

it("asks Redis once a second at most, however many look", async () => {
  const { recent, asked } = start(found);
  const [one, other] = await Promise.all([recent(), recent()]);
  expect(other).toBe(one);
  await jest.advanceTimersByTimeAsync(999);
  expect(await recent()).toBe(one);
  expect(asked).toEqual(["hour", "day"]);
  await jest.advanceTimersByTimeAsync(1);
  expect((await recent())?.day.hits).toBe(4);
  expect(asked).toEqual(["hour", "day", "hour", "day"]);
});

it("waits a second at most, asks for no other meanwhile, and has it once it is there", async () => {
  let answer = () => {};
  const { recent, asked } = start(
    (by, time) =>
      new Promise((resolve) => {
        answer = () => resolve(found(by, time));
        if (by === "hour") answer();
      }),
  );
  for (let times = 0; times < 3; times += 1) {
    const waiting = recent();
    await jest.advanceTimersByTimeAsync(1000);
    expect(await waiting).toBeUndefined();
  }
  expect(asked).toEqual(["hour", "day"]);
  answer();
  expect((await recent())?.day.hits).toBe(2);
});

it.each([
  ["Redis is away", new Unavailable("patience", "Away."), []],
  ["a bug strikes", new Error("a bug"), ["A history could not be read"]],
])("has none where %s, and asks again a second later", async (_what, error, lines) => {
  const { recent, logged } = start((by, time) => (time > 2 ? found(by, time) : Promise.reject(error)));
  expect([await recent(), await recent()]).toEqual([undefined, undefined]);
  expect(logged).toEqual(lines);
  await jest.advanceTimersByTimeAsync(1000);
  expect((await recent())?.hour.hits).toBe(3);
});
