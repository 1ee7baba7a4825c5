import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import { FINDINGS_FILE, noteSize, sizesOf, summaryOf, tell } from "./findings.ts";

it("collects what was told for the summary, one line each, aligned, and how much was done", async () => {
  const folder = await mkdtemp(join(tmpdir(), "findings-test-"));
  const env = { [FINDINGS_FILE]: join(folder, "findings") };
  tell("drift", "200 repairs: p99 38 ms", env);
  noteSize("LEADER_WALK_STEPS", 6, env);
  tell("one leader", "6 walks, no overlap", env);
  const collected = await readFile(join(folder, "findings"), "utf8");
  expect(sizesOf(collected)).toEqual(["LEADER_WALK_STEPS=6"]);
  expect(summaryOf(collected)).toEqual([
    "drift       200 repairs: p99 38 ms",
    "one leader  6 walks, no overlap",
  ]);
  await rm(folder, { recursive: true });
});

it("has nothing to sum up where nothing was told", () => {
  expect(summaryOf("")).toEqual([]);
});
