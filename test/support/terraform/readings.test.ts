import { describe, expect, it } from "@jest/globals";
import { mistakesIn, needsOf, testResultsIn } from "./readings.ts";

describe("what Terraform prints", () => {
  it("tells of a graph what a resource needs, directly or not", () => {
    const needs = needsOf(`digraph G {
  "a" [label="a"];
  "a" -> "b";
  "b" -> "c";
  "b" -> "a";
  "d" -> "a";
}`);

    expect([needs("a"), needs("c")]).toEqual([new Set(["a", "b", "c"]), new Set()]);
  });

  it("tells of tests which passed, which did not and why, and what was planned", () => {
    const change = { address: "box.a", change: { actions: ["no-op"], after: {} } };
    const lines = [
      { type: "test_run", test_run: { run: "one", progress: "starting" } },
      { type: "test_run", test_run: { run: "one", progress: "complete", status: "pass" } },
      { type: "test_plan", "@testrun": "one", test_plan: { resource_changes: [change] } },
      {
        type: "diagnostic",
        diagnostic: { severity: "error", summary: "Test assertion failed", detail: "the name" },
      },
      { type: "diagnostic", diagnostic: { severity: "warning", summary: "Old", detail: "" } },
      { type: "test_run", test_run: { run: "two", progress: "complete", status: "fail" } },
      { type: "test_run", test_run: { run: "two", progress: "teardown", status: "pass" } },
    ];

    expect(
      testResultsIn(`Warning: not JSON\n${lines.map((line) => JSON.stringify(line)).join("\n")}\n`),
    ).toEqual({
      passed: ["one"],
      failed: ["two: fail"],
      errors: ["Test assertion failed: the name"],
      plans: { one: [change] },
    });
  });

  it("tells of a validation what is wrong, not what is old", () => {
    const diagnostics = [
      { severity: "error", summary: "Unsupported argument", detail: "lnt" },
      { severity: "warning", summary: "Deprecated", detail: "" },
    ];

    expect(mistakesIn(JSON.stringify({ diagnostics }))).toEqual(["Unsupported argument: lnt"]);
  });
});
