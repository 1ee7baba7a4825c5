import { relative } from "node:path";

/** What is read of the report that jest writes with --json. */
export interface JestReport {
  numPassedTests: number;
  numFailedTests: number;
  testResults: readonly {
    /** Path of the test file. */
    name: string;
    status: string;
    /** Why the file failed, also where no test of it ran. */
    message: string;
    assertionResults: readonly { fullName: string; status: string; failureMessages: readonly string[] }[];
  }[];
}

/** Lines told of why a test failed: the end of a run is read where all before it may be cut off. */
const LINES = 12;
/** Colours that an error's text may bring along. */
const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");

const beginning = (text = "") =>
  text
    .replaceAll(COLOURS, "")
    .split("\n")
    .filter((line) => line.trim() !== "" && !/^\s+at /.test(line))
    .slice(0, LINES)
    .map((line) => `  ${line}`);

/** Each failed test, or file that could not run, with its title and the beginning of why. */
export function failuresIn({ testResults }: JestReport, root: string): string[] {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === "failed");
    const file = relative(root, name);
    if (failed.length === 0 && status === "failed") return [[file, ...beginning(message)].join("\n")];
    return failed.map(({ fullName, failureMessages }) =>
      [`${file}: ${fullName}`, ...beginning(failureMessages[0])].join("\n"),
    );
  });
}
