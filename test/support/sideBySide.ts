import { beforeAll, it } from "@jest/globals";

/** Declares a test for each story, and lets all of them run at once: for those that mostly wait, each for its own. */
export function sideBySide(stories: Readonly<Record<string, () => Promise<void>>>): void {
  const running = new Map<string, Promise<void>>();
  beforeAll(() => {
    for (const [title, story] of Object.entries(stories)) {
      const run = story();
      run.catch(() => {}); // its own test hears of it
      running.set(title, run);
    }
  });
  it.each(Object.keys(stories))("%s", async (title) => await running.get(title));
}
