import type { Progress } from "./progress.ts";

/** The answers of promises, in their order. */
type Promises<T extends unknown[]> = readonly [...{ [Index in keyof T]: Promise<T[Index]> }];

/**
 * Waits for work that goes on side by side. Where some of it fails, that is told at once, and thrown when the rest has
 * ended too: what the rest makes is kept, and the next try finds it.
 */
export async function sideBySide<T extends unknown[]>(works: Promises<T>, progress: Progress): Promise<T> {
  let atWork = works.length;
  const ended = await Promise.allSettled(
    works.map(async (work) => {
      try {
        return await work;
      } catch (error) {
        if (atWork > 1) {
          progress.note(
            `${messageOf(error)}\nWhat else is in hand is finished first, and kept for the next try`,
          );
        }
        throw error;
      } finally {
        atWork -= 1;
      }
    }),
  );
  return ended.map((end) => {
    if (end.status === "rejected") throw end.reason;
    return end.value;
  }) as T;
}

const inHand = new Map<string, Promise<unknown>>();

/** Does a piece of work once for all who ask for it while it is in hand. */
export async function shared<T>(name: string, work: () => Promise<T>): Promise<T> {
  const begun = inHand.get(name) as Promise<T> | undefined;
  if (begun) return await begun;
  const promise = work().finally(() => inHand.delete(name));
  inHand.set(name, promise);
  return await promise;
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
