import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import { FINDINGS_FILE, summaryOf, tell } from "./findings.ts";

it("collects what was told for the summary, one line each, aligned", async () => {
  const folder = await mkdtemp(join(tmpdir(), "findings-test-"));
  const env = { [FINDINGS_FILE]: join(folder, "findings") };
  tell("drift", "200 repairs: p99 38 ms", env);
  tell("one leader", "6 walks, no overlap", env);
  expect(summaryOf(await readFile(join(folder, "findings"), "utf8"))).toEqual([
    "drift       200 repairs: p99 38 ms",
    "one leader  6 walks, no overlap",
  ]);
  await rm(folder, { recursive: true });
});

it("has nothing to sum up where nothing was told", () => {
  expect(summaryOf("")).toEqual([]);
});
