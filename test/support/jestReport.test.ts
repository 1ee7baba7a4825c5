import { describe, expect, it } from "@jest/globals";
import { failuresIn, type JestReport } from "./jestReport.ts";

type File = JestReport["testResults"][number];
const file = (status: string, message: string, assertionResults: File["assertionResults"]): File => ({
  name: "/repo/test/a.test.ts",
  status,
  message,
  assertionResults,
});
const failures = (...testResults: File[]) =>
  failuresIn({ numPassedTests: 0, numFailedTests: 0, testResults }, "/repo");

describe("failuresIn", () => {
  it("tells of each failed test its file, its title and the beginning of why, without colours or stack", () => {
    const red = String.fromCharCode(27);
    const failed = {
      fullName: "a Service has an address",
      status: "failed",
      failureMessages: [`${red}[31mexpected 1${red}[39m\n\nreceived 2\n    at it (a.test.ts:1:2)`],
    };
    const passed = { fullName: "all else", status: "passed", failureMessages: [] };
    expect(failures(file("failed", "", [passed, failed]))).toEqual([
      "test/a.test.ts: a Service has an address\n  expected 1\n  received 2",
    ]);
  });

  it("tells of a file that did not load", () => {
    expect(failures(file("failed", "Cannot find module", []))).toEqual([
      "test/a.test.ts\n  Cannot find module",
    ]);
  });

  it("tells a dozen lines at most", () => {
    const long = Array.from({ length: 100 }, (_, line) => `line ${line}`).join("\n");
    expect(failures(file("failed", long, []))[0]?.split("\n")).toHaveLength(13);
  });

  it("tells nothing of a run that passed", () => {
    expect(failures(file("passed", "", []))).toEqual([]);
  });
});
