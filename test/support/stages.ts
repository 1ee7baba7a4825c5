import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { TEST_CLUSTER } from "../../cluster/cluster.ts";
import { FINDINGS_FILE, sizesOf, summaryOf } from "./findings.ts";
import { failuresIn, type JestReport } from "./jestReport.ts";

/** The parts that jest.config.js divides the tests into. */
export type Project = "unit" | "integration" | "hitcounters" | "underLoad" | "redisAway" | "cluster";

/** Something that a run of tests goes through from beginning to end, in a process of its own. */
export interface Stage {
  name: string;
  /** Arguments of Node.js. */
  command: string[];
  /** Added to the environment. */
  env?: Record<string, string>;
}

/** How a stage ended. */
export interface StageResult {
  stage: string;
  passed: number;
  failed: number;
  seconds: number;
  /** Which tests failed, each with the beginning of why. */
  failures: string[];
  /** What its tests measured, one line each. */
  findings: string[];
  /** How much its tests did, such as `LEADER_WALK_STEPS=6`. */
  sizes: string[];
}

/** The environment variable that says since when a whole run has its cluster; a run of some tests has none. */
export const RUN_BEGAN = "RUN_BEGAN";

const root = join(import.meta.dirname, "../..");
const flags: Record<Project, string[]> = {
  // Left to itself, jest has two cores run one file at a time.
  unit: ["--maxWorkers=3"],
  // Now one waits, now another.
  integration: ["--maxWorkers=5", "--testSequencer=./tools/jestLongestFirst.cjs", "--verbose"],
  // They too, with few visitors or none.
  hitcounters: ["--maxWorkers=3", "--testSequencer=./tools/jestLongestFirst.cjs", "--verbose"],
  // Two loads leave a machine of two cores little, but none of them waits for a Redis.
  underLoad: ["--maxWorkers=2", "--testSequencer=./tools/jestLongestFirst.cjs", "--verbose"],
  // Beside another load, a Redis that is replaced was away for longer than visitors wait.
  redisAway: ["--runInBand", "--verbose"],
  cluster: ["--runInBand", "--testSequencer=./tools/jestAlphabetical.cjs", "--verbose"],
};

/** jest on one part of the tests; the timeout, in seconds, is that of a test that sets none itself. */
export const jest = (project: Project, testTimeoutSeconds: number, ...more: string[]): string[] => [
  "--experimental-vm-modules",
  "node_modules/jest/bin/jest.js",
  "--selectProjects",
  project,
  `--testTimeout=${testTimeoutSeconds * 1000}`,
  ...flags[project],
  ...more,
];

/** The e2e tests that leave their cluster as it is, in their order. */
export const journeys = ["hitcounters", "underLoad", "redisAway"] as const satisfies readonly Project[];

/** Makes what the integration tests need. */
export const tools: Stage = { name: "tools", command: ["test/prepare.ts"] };

/** Makes the cluster of the e2e tests, or repairs it. */
export const clusterUp: Stage = { name: "up", command: ["cluster/up.ts", "--cluster", TEST_CLUSTER] };

/** Runs one stage with its output on the terminal, and reads its counts. */
export async function runStage({ name, command, env }: Stage): Promise<StageResult> {
  const folder = await mkdtemp(join(tmpdir(), "hitcounter-test-"));
  const report = join(folder, "report.json");
  const collected = join(folder, "findings");
  // jest prints its report on standard error; with --json, standard output has nothing a person would read.
  const isJest = command.includes("--selectProjects");
  const reported = isJest ? ["--json", `--outputFile=${report}`] : [];
  const began = performance.now();
  process.stderr.write(`\n== ${name}\n`);
  const code = await new Promise<number>((resolve, reject) => {
    const child = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", ...command, ...reported],
      {
        cwd: root,
        env: { ...process.env, ...env, [FINDINGS_FILE]: collected },
        stdio: ["ignore", isJest ? "ignore" : "inherit", "inherit"],
      },
    );
    child.once("error", reject);
    child.once("exit", (exitCode) => resolve(exitCode ?? 1));
  });
  const seconds = (performance.now() - began) / 1000;
  const counts: JestReport = await readFile(report, "utf8").then(
    (text) => JSON.parse(text) as JestReport,
    () => ({ numPassedTests: code === 0 ? 1 : 0, numFailedTests: 0, testResults: [] }),
  );
  const told = await readFile(collected, "utf8").catch(() => "");
  await rm(folder, { recursive: true });
  return {
    stage: name,
    passed: counts.numPassedTests,
    // A stage that failed without a failed test, such as a file that did not load, failed all the same.
    failed: code === 0 ? 0 : Math.max(1, counts.numFailedTests),
    seconds,
    failures: failuresIn(counts, root),
    findings: summaryOf(told),
    sizes: sizesOf(told),
  };
}
