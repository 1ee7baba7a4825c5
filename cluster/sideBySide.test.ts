import { expect, test } from "@jest/globals";
import type { Progress } from "./progress.ts";
import { shared, sideBySide } from "./sideBySide.ts";

function listening(): { notes: string[]; progress: Progress } {
  const notes: string[] = [];
  return { notes, progress: { note: (line) => notes.push(line), step: (_title, work) => work(() => {}) } };
}

test("gives every answer in its place", async () => {
  const works = [Promise.resolve(1), Promise.resolve("two")] as const;
  expect(await sideBySide(works, listening().progress)).toEqual([1, "two"]);
});

test("tells of a failure at once, and throws it when the rest has ended", async () => {
  const { notes, progress } = listening();
  const slow = Promise.withResolvers<void>();
  let thrown = false;
  const all = sideBySide([slow.promise, Promise.reject(new Error("no thread"))], progress).catch((error) => {
    thrown = true;
    throw error;
  });
  all.catch(() => {});
  await new Promise(setImmediate);
  expect(notes).toEqual([expect.stringMatching(/^no thread\n.*finished first/)]);
  expect(thrown).toBe(false);
  slow.resolve();
  await expect(all).rejects.toThrow("no thread");
});

test("throws the first of two failures, and leaves none unhandled", async () => {
  const { notes, progress } = listening();
  const works = [Promise.reject(new Error("no thread")), Promise.reject(new Error("no dye"))] as const;
  await expect(sideBySide(works, progress)).rejects.toThrow("no thread");
  expect(notes).toHaveLength(1);
});

test("does what is asked for twice at once only once, and anew for who asks later", async () => {
  let done = 0;
  const work = async () => {
    await new Promise(setImmediate);
    return ++done;
  };
  expect(await Promise.all([shared("a", work), shared("a", work), shared("b", work)])).toEqual([1, 1, 2]);
  expect(await shared("a", work)).toBe(3);
});

test("lets all who wait hear of a failure, and tries anew for who asks later", async () => {
  const failing = () => Promise.reject(new Error("no thread"));
  const both = await Promise.allSettled([shared("c", failing), shared("c", failing)]);
  expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await shared("c", () => Promise.resolve("done"))).toBe("done");
});
