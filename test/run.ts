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
const check: Stage = { name: "check", command: ["tools/check.ts"] };
const unit: Stage = { name: "unit", command: jest("unit", UNIT_TEST_TIMEOUT_SECONDS, ...more) };
const integration = [
  tools,
  { name: "integration", command: jest("integration", TEST_TIMEOUT_SECONDS, ...more) },
];
const e2e = [...journeys, "cluster" as const].map((name) => ({
  name,
  command: jest(name, TEST_TIMEOUT_SECONDS, ...some),
}));
/** The stages of each part, in their order; those in one list run side by side. */
const parts: Record<string, (Stage | Stage[])[]> = {
  check: [check],
  unit: [unit],
  integration,
  e2e: [clusterUp, ...e2e],
};
/** All of them. A cluster that comes up waits for itself half of its time, and unit tests for nothing. */
const all = [check, ...integration, [unit, clusterUp], ...e2e];
const chosen = wanted === undefined ? all : parts[wanted];
if (chosen === undefined) throw new Error(`${wanted} is no part: ${Object.keys(parts).join(", ")}`);

const began = performance.now();
const results: StageResult[] = [];
for (const stages of chosen) {
  const together = [stages].flat();
  results.push(...(await Promise.all(together.map(runStage))));
  // The cluster may be there from before, and until now run another operator.
  if (together.includes(clusterUp) && more.length === 0) process.env[RUN_BEGAN] = new Date().toISOString();
}
const allSeconds = (performance.now() - began) / 1000;

// The last test of all removes the cluster, unless it fails.
if (wanted === undefined && results.at(-1)?.failed !== 0) {
  await run(process.execPath, ["cluster/down.ts", "--cluster", TEST_CLUSTER], {
    cwd: join(import.meta.dirname, ".."),
    onOutput: (text) => process.stderr.write(text),
  });
}

const sum = (field: "passed" | "failed") => results.reduce((total, result) => total + result[field], 0);
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
process.stdout.write(row("all", sum("passed"), sum("failed"), `${allSeconds.toFixed(1)} s`));
process.stdout.write(`\n${sum("passed")} passed, ${sum("failed")} failed\n`);
process.exitCode = sum("failed") === 0 ? 0 : 1;
