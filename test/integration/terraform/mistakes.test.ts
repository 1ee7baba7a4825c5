import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { mistakes } from "../../support/terraform/mistakes.ts";
import { mistakesIn } from "../../support/terraform/readings.ts";
import { makeWorkspace, type Root, type Workspace } from "../../support/terraform/workspace.ts";

// What `terraform validate` is worth here: each of these mistakes is put into the real files, one at a time, and found.

let workspace: Workspace;

beforeAll(async () => {
  workspace = await makeWorkspace();
}, 1_800_000);

afterAll(() => workspace.remove());

describe("`terraform validate` finds", () => {
  it.each(mistakes)("$title", async ({ file, root, text, instead, says }) => {
    const changed = await workspace.with(file, text, instead);

    const { stdout } = await changed.terraform(root ?? (file.split("/")[0] as Root), "validate", "-json");

    expect(mistakesIn(stdout).join("\n").replaceAll(/\s+/g, " ")).toMatch(says);
    await changed.remove();
  });
});
