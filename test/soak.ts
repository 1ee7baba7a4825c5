import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { RELEASES } from "../cluster/nodeImage/releases.ts";
import { releaseStages } from "./support/releaseStages.ts";
import { chosenProofs, proofsAmong, soakSummary, timeOf } from "./support/soak.ts";
import { clusterUp, jest, runStage, type Stage, type StageResult, tools } from "./support/stages.ts";

// npm run soak: the long version of every test that has one, one after the other, then what came of each.
// npm run soak -- quiet leader: only those with a path that one of these regular expressions finds.
// npm run soak -- kubernetes: the integration tests and the journeys as they are, on each release of Kubernetes.

/** For a test that sets no timeout of its own: beyond what any takes that is not stuck. */
const TEST_TIMEOUT_SECONDS = 3 * 3600;
/** How often one that is silent gives a sign of life. */
const HEARTBEAT_SECONDS = 60;

const root = join(import.meta.dirname, "..");

async function readTests(): Promise<Map<string, string>> {
  const tests = new Map<string, string>();
  for await (const path of glob("{operator,counter,test/{integration,e2e}}/**/*.test.ts", { cwd: root })) {
    tests.set(path, await readFile(join(root, path), "utf8"));
  }
  return tests;
}

async function runLong(stage: Stage, place: string): Promise<StageResult> {
  const began = performance.now();
  const heartbeat = setInterval(() => {
    process.stderr.write(`${place}: at it for ${timeOf((performance.now() - began) / 1000)}\n`);
  }, HEARTBEAT_SECONDS * 1000);
  try {
    return { ...(await runStage({ ...stage, name: place })), stage: stage.name };
  } finally {
    clearInterval(heartbeat);
  }
}

// Ctrl-C ends the proof in hand, which the terminal tells too, and what was seen until then is summed up.
let interrupted = false;
process.on("SIGINT", () => {
  interrupted = true;
});

const wanted = process.argv.slice(2);
const patterns = wanted.filter((pattern) => pattern !== "kubernetes");
const proofs =
  patterns.length > 0 || wanted.length === 0 ? chosenProofs(proofsAmong(await readTests()), patterns) : [];
// The default last: its cluster is the one that the next tests find.
const releases = wanted.length === 0 || wanted.includes("kubernetes") ? RELEASES.toReversed() : [];
const releaseRuns = releases.map(releaseStages);
const total = proofs.length + releaseRuns.flat().length;

const results: StageResult[] = [];
const placeOf = (name: string) => `${results.length + 1} of ${total}, ${name}`;
const isThere = new Set<Stage>();
for (const { name, path, project } of proofs) {
  if (interrupted) break;
  const first = path.includes("/e2e/") ? clusterUp : tools;
  if (!isThere.has(first) && (await runStage(first)).failed > 0) break;
  isThere.add(first);
  const command = jest(project, TEST_TIMEOUT_SECONDS, "--runTestsByPath", path);
  results.push(await runLong({ name, command, env: { SOAK: "true" } }, placeOf(name)));
}
for (const stages of releaseRuns) {
  for (const stage of stages) {
    if (interrupted) break;
    const result = await runLong(stage, placeOf(stage.name));
    results.push(result);
    if (result.failed > 0 && !stage.command.includes("--selectProjects")) break; // nothing to run the rest on
  }
}
process.stdout.write(soakSummary(results, total));
process.exitCode = results.length === total && results.every(({ failed }) => failed === 0) ? 0 : 1;
