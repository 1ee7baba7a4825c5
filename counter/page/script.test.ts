import { runInNewContext } from "node:vm";
import { describe, expect, it } from "@jest/globals";
import { script } from "./script.ts";

/** A page in which the script runs, with a clock that the test moves on; `answer` is what it gets. */
const open = (answer: (asked: number) => Partial<Response>, numbers = 2) => {
  const shown = Array.from({ length: numbers }, () => ({ textContent: "1" }));
  const heading = {
    get textContent() {
      return `hit ${shown[0]?.textContent} times`;
    },
  };
  const asked: unknown[] = [];
  let seen = () => {};
  let timer: { ring: () => Promise<void>; ms: number } | undefined;
  const document = {
    hidden: false,
    title: "",
    body: { dataset: { from: "hits" } },
    querySelectorAll: () => shown,
    querySelector: () => heading,
    addEventListener: (_name: string, listener: () => void) => {
      seen = listener;
    },
  };
  runInNewContext(script, {
    document,
    AbortSignal: { timeout: () => "a signal" },
    Math: { min: Math.min, random: () => 0.5 },
    fetch: async (...words: unknown[]) => answer(asked.push(words)),
    setTimeout: (ring: () => Promise<void>, ms: number) => {
      timer = { ring, ms };
    },
    clearTimeout: () => {
      timer = undefined;
    },
  });
  return {
    document,
    shown,
    asked,
    timer: () => timer?.ms,
    async ring() {
      const rung = timer;
      timer = undefined;
      await rung?.ring();
    },
    see: (hidden: boolean) => {
      document.hidden = hidden;
      seen();
    },
  };
};
const hits = (number: unknown, ok = true) => ({ ok, json: async () => ({ hits: number }) });
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("the script of a page", () => {
  it("asks every five seconds, and shows the number wherever it stands", async () => {
    const { asked, document, shown, ring, timer } = open((time) => hits(time + 1));
    expect([asked, timer()]).toEqual([[], 5000]);
    await ring();
    expect(shown.map(({ textContent }) => textContent)).toEqual([2, 2]);
    expect(document.title).toBe("hit 2 times");
    expect(asked).toEqual([["hits", { headers: { Accept: "application/json" }, signal: "a signal" }]]);
    await ring();
    expect([shown[0]?.textContent, timer()]).toEqual([3, 5000]);
  });

  it.each<[string, () => Partial<Response>]>([
    ["the counter can't be reached", () => Promise.reject(new Error("no network")) as never],
    ["there is none", () => hits(7, false)],
    ["the answer is no JSON", () => ({ ok: true, json: () => Promise.reject(new Error("no JSON")) })],
    ["the answer has none", () => hits("<b>7</b>")],
  ])("keeps the last number where %s, and asks ever more seldom", async (_what, answer) => {
    let fails = true;
    const { shown, ring, timer } = open(() => (fails ? answer() : hits(8)));
    const seconds = [];
    for (let times = 0; times < 8; times += 1) {
      await ring();
      seconds.push(Number(timer()) / 1000);
    }
    expect(seconds).toEqual([10, 20, 40, 80, 160, 320, 320, 320]);
    expect(shown[0]?.textContent).toBe("1");
    fails = false;
    await ring();
    expect([shown[0]?.textContent, timer()]).toEqual([8, 5000]);
  });

  it("asks for nothing while nobody sees the page, and at once when somebody does", async () => {
    const { asked, shown, see, timer } = open(() => hits(5));
    see(true);
    expect([asked, timer()]).toEqual([[], undefined]);
    see(false);
    await turn();
    expect([shown[0]?.textContent, timer()]).toEqual([5, 5000]);
  });

  it("asks for nothing where no number is shown", () => {
    expect(open(() => hits(5), 0).timer()).toBeUndefined();
  });
});
