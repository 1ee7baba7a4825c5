import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { TEST_CLUSTER } from "../cluster/cluster.ts";
import { run } from "../cluster/shell.ts";
import { FINDINGS_FILE, summaryOf } from "./support/findings.ts";

// npm test, and npm run test:unit, test:integration or test:e2e: the stages in turn, then what each took.
// What stands behind the stages is jest's: npm run test:unit -- counter --watch

/** A stage of the tests. */
interface Stage {
  name: "check" | "unit" | "integration" | "e2e";
  /** Arguments of Node.js. */
  command: string[];
}

interface Result {
  stage: string;
  passed: number;
  failed: number;
  seconds: number;
  /** What its tests measured, one line each. */
  findings: string[];
}

const root = join(import.meta.dirname, "..");
const jest = (name: string, testTimeoutSeconds: number, ...more: string[]) => [
  "--experimental-vm-modules",
  "node_modules/jest/bin/jest.js",
  "--selectProjects",
  name,
  `--testTimeout=${testTimeoutSeconds * 1000}`,
  ...more,
];
const stages: Stage[] = [
  { name: "check", command: ["tools/check.ts"] },
  { name: "unit", command: jest("unit", 20) },
  { name: "integration", command: jest("integration", 120, "--runInBand", "--verbose") },
  {
    name: "e2e",
    command: jest(
      "e2e",
      600,
      "--runInBand",
      "--verbose",
      "--bail",
      "--testSequencer=./tools/jestAlphabetical.cjs",
    ),
  },
];

/** Runs one stage with its output on the terminal, and reads its counts. */
async function runStage({ name, command }: Stage, more: string[]): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "hitcounter-test-"));
  const report = join(folder, "report.json");
  const findings = join(folder, "findings");
  const reported = name === "check" ? [] : ["--json", `--outputFile=${report}`, ...more];
  const began = performance.now();
  process.stderr.write(`\n== ${name}\n`);
  const code = await new Promise<number>((resolve, reject) => {
    // jest prints its report on standard error; with --json, standard output has nothing a person would read.
    const stdout = name === "check" ? "inherit" : "ignore";
    const child = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", ...command, ...reported],
      {
        cwd: root,
        env: { ...process.env, [FINDINGS_FILE]: findings },
        stdio: ["ignore", stdout, "inherit"],
      },
    );
    child.once("error", reject);
    child.once("exit", (exitCode) => resolve(exitCode ?? 1));
  });
  const seconds = (performance.now() - began) / 1000;
  const counts = await readFile(report, "utf8").then(
    (text) => JSON.parse(text) as { numPassedTests: number; numFailedTests: number },
    () => ({ numPassedTests: code === 0 ? 1 : 0, numFailedTests: 0 }),
  );
  const told = await readFile(findings, "utf8").catch(() => "");
  await rm(folder, { recursive: true });
  // A stage that failed without a failed test, such as a file that did not load, failed all the same.
  const failed = code === 0 ? 0 : Math.max(1, counts.numFailedTests);
  return { stage: name, passed: counts.numPassedTests, failed, seconds, findings: summaryOf(told) };
}

const [wanted, ...more] = process.argv.slice(2);
const chosen = wanted === undefined ? stages : stages.filter(({ name }) => name === wanted);
if (chosen.length === 0)
  throw new Error(`${wanted} is no stage: ${stages.map(({ name }) => name).join(", ")}`);

const results: Result[] = [];
for (const stage of chosen) results.push(await runStage(stage, more));

// A failed journey ends the stage before the last one, which removes the cluster.
if (wanted === undefined && results.at(-1)?.failed !== 0) {
  const down = ["cluster/down.ts", "--cluster", TEST_CLUSTER];
  await run(process.execPath, down, { cwd: root, onOutput: (text) => process.stderr.write(text) });
}

const sum = (field: "passed" | "failed" | "seconds") =>
  results.reduce((total, result) => total + result[field], 0);
const row = (stage: string, passed: unknown, failed: unknown, time: string) =>
  `${stage.padEnd(12)} ${String(passed).padStart(6)} ${String(failed).padStart(6)} ${time.padStart(10)}\n`;
const findings = results.flatMap((result) => result.findings);
if (findings.length > 0) process.stdout.write(`\nmeasured\n${findings.join("\n")}\n`);
process.stdout.write(`\n${row("stage", "passed", "failed", "time")}`);
for (const { stage, passed, failed, seconds } of results) {
  process.stdout.write(row(stage, passed, failed, `${seconds.toFixed(1)} s`));
}
process.stdout.write(row("all", sum("passed"), sum("failed"), `${sum("seconds").toFixed(1)} s`));
process.stdout.write(`\n${sum("passed")} passed, ${sum("failed")} failed\n`);
process.exitCode = sum("failed") === 0 ? 0 : 1;
