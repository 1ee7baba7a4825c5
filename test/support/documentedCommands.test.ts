import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { NEVER, NEVER_RUN_PAGES, NOT_RUN, ROWS, stepsOf } from "./documentedCommands.ts";

const run = ROWS.flat();
const pages = [...run, ...NEVER_RUN_PAGES];
const steps = (
  await Promise.all(pages.map(async (page) => (await stepsOf(page)).map((step) => ({ page, ...step }))))
).flat();

describe("the commands of the tutorial and the how-to guides", () => {
  it("are all known, page by page", async () => {
    const guides = await readdir(join(import.meta.dirname, "../../docs/how-to"));
    expect(pages.toSorted()).toEqual([...guides.map((name) => `how-to/${name}`), "tutorial.md"].toSorted());
    const withCommands = new Set(steps.filter(({ notRun }) => notRun === undefined).map(({ page }) => page));
    expect([...withCommands].toSorted()).toEqual(run.toSorted());
  });

  it("are run, but for those that are named with a reason", () => {
    const named = new Set(steps.flatMap(({ notRun }) => notRun ?? []));
    expect([...named].toSorted()).toEqual(Object.keys(NOT_RUN).toSorted());
  });

  it("tell a reader where they were never run", () => {
    const never = steps.filter(({ notRun }) => NOT_RUN[notRun ?? ""] === NEVER);
    expect(never.filter(({ saysNeverRun }) => !saysNeverRun)).toEqual([]);
  });

  it("have no name in them that a reader would have to put in first, where they are run", () => {
    const placeholders = steps.filter(
      ({ notRun, commands }) =>
        notRun === undefined && /\b(NAME|NODE|REGISTRY|EXTERNAL-IP|COUNT)\b/.test(commands),
    );
    expect(placeholders).toEqual([]);
  });
});
