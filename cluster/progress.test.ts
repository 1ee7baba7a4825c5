import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { terminalProgress } from "./progress.ts";

let lines: string[];
const progress = () =>
  terminalProgress((text) => {
    lines.push(text.replace(/^\[ *([\d.]+) s\] /, "$1 ").trimEnd());
  });
const lasting = (seconds: number) =>
  new Promise<void>((resolve) => {
    setTimeout(resolve, seconds * 1000);
  });

beforeEach(() => {
  lines = [];
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

test("tells when a step begins and how long it took", async () => {
  const step = progress().step("Weaving", () => lasting(2));
  await jest.advanceTimersByTimeAsync(2000);
  await step;
  expect(lines).toEqual(["0.0 Weaving …", "2.0 Weaving: done in 2.0 s"]);
});

test("gives one sign of life for each slow step, with how far it is where the work tells it", async () => {
  const { step } = progress();
  const steps = Promise.all([
    step("Weaving", async (tell) => {
      tell("7 of 9 rows");
      await lasting(40);
    }),
    step("Dyeing", () => lasting(50)),
  ]);
  await jest.advanceTimersByTimeAsync(50_000);
  await steps;
  expect(lines.slice(2, 4)).toEqual([
    "30.0 Weaving: 7 of 9 rows after 30.0 s",
    "30.0 Dyeing: still at it after 30.0 s",
  ]);
  expect(lines).toHaveLength(6);
});

test("tells of a step that fails, and passes its error on", async () => {
  const step = progress().step("Weaving", () => Promise.reject(new Error("no thread")));
  await expect(step).rejects.toThrow("no thread");
  expect(lines).toEqual(["0.0 Weaving …", "0.0 Weaving: FAILED after 0.0 s"]);
});
