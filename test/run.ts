import { join } from "node:path";
import process from "node:process";
import { TEST_CLUSTER } from "../cluster/cluster.ts";
import { run } from "../cluster/shell.ts";
import {
  clusterUp,
  jest,
  journeys,
  RUN_BEGAN,
  runStage,
  type Stage,
  type StageResult,
  tools,
} from "./support/stages.ts";

// npm test, and npm run test:unit, test:integration or test:e2e: the stages in turn, then what each took.
// What stands behind the part is jest's: npm run test:unit -- counter --watch

const [wanted, ...more] = process.argv.slice(2);
/** For a test that sets no timeout of its own: beyond what any takes on a machine that is slow. */
const TEST_TIMEOUT_SECONDS = 600;
const UNIT_TEST_TIMEOUT_SECONDS = 180;
// What is chosen from the integration tests, or the e2e tests, may all be in one of their stages.
const some = more.length > 0 ? ["--passWithNoTests", ...more] : [];
const parts: Record<string, Stage[]> = {
  check: [{ name: "check", command: ["tools/check.ts"] }],
  unit: [{ name: "unit", command: jest("unit", UNIT_TEST_TIMEOUT_SECONDS, ...more) }],
  integration: [tools, { name: "integration", command: jest("integration", TEST_TIMEOUT_SECONDS, ...more) }],
  e2e: [
    clusterUp,
    ...[...journeys, "cluster" as const].map((name) => ({
      name,
      command: jest(name, TEST_TIMEOUT_SECONDS, ...some),
    })),
  ],
};
const chosen = wanted === undefined ? Object.values(parts).flat() : parts[wanted];
if (chosen === undefined) throw new Error(`${wanted} is no part: ${Object.keys(parts).join(", ")}`);

const results: StageResult[] = [];
for (const stage of chosen) {
  results.push(await runStage(stage));
  // The cluster may be there from before, and until now run another operator.
  if (stage === clusterUp && more.length === 0) process.env[RUN_BEGAN] = new Date().toISOString();
}

// The last test of all removes the cluster, unless it fails.
if (wanted === undefined && results.at(-1)?.failed !== 0) {
  await run(process.execPath, ["cluster/down.ts", "--cluster", TEST_CLUSTER], {
    cwd: join(import.meta.dirname, ".."),
    onOutput: (text) => process.stderr.write(text),
  });
}

const sum = (field: "passed" | "failed" | "seconds") =>
  results.reduce((total, result) => total + result[field], 0);
const row = (stage: string, passed: unknown, failed: unknown, time: string) =>
  `${stage.padEnd(12)} ${String(passed).padStart(6)} ${String(failed).padStart(6)} ${time.padStart(10)}\n`;
const findings = results.flatMap((result) => result.findings);
if (findings.length > 0) process.stdout.write(`\nmeasured\n${findings.join("\n")}\n`);
const failures = results.flatMap((result) => result.failures);
if (failures.length > 0) process.stdout.write(`\nfailed\n${failures.join("\n")}\n`);
process.stdout.write(`\n${row("stage", "passed", "failed", "time")}`);
for (const { stage, passed, failed, seconds } of results) {
  process.stdout.write(row(stage, passed, failed, `${seconds.toFixed(1)} s`));
}
process.stdout.write(row("all", sum("passed"), sum("failed"), `${sum("seconds").toFixed(1)} s`));
process.stdout.write(`\n${sum("passed")} passed, ${sum("failed")} failed\n`);
process.exitCode = sum("failed") === 0 ? 0 : 1;
