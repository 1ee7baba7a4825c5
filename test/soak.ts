import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { chosenProofs, type Proof, proofsAmong, soakSummary, timeOf } from "./support/soak.ts";
import { clusterUp, jest, runStage, type Stage, type StageResult, tools } from "./support/stages.ts";

// npm run soak: the long version of every test that has one, one after the other, then what came of each.
// npm run soak -- quiet leader: only those with a path that one of these regular expressions finds.

/** For a test that sets no timeout of its own: beyond what any takes that is not stuck. */
const TEST_TIMEOUT_SECONDS = 3 * 3600;
/** How often one that is silent gives a sign of life. */
const HEARTBEAT_SECONDS = 60;

const root = join(import.meta.dirname, "..");

async function readTests(): Promise<Map<string, string>> {
  const tests = new Map<string, string>();
  for await (const path of glob("test/{integration,e2e}/**/*.test.ts", { cwd: root })) {
    tests.set(path, await readFile(join(root, path), "utf8"));
  }
  return tests;
}

async function runProof({ name, path, project }: Proof, place: string): Promise<StageResult> {
  const began = performance.now();
  const heartbeat = setInterval(() => {
    process.stderr.write(`${place}: at it for ${timeOf((performance.now() - began) / 1000)}\n`);
  }, HEARTBEAT_SECONDS * 1000);
  try {
    const command = jest(project, TEST_TIMEOUT_SECONDS, "--runTestsByPath", path);
    return { ...(await runStage({ name: place, command, env: { SOAK: "true" } })), stage: name };
  } finally {
    clearInterval(heartbeat);
  }
}

// Ctrl-C ends the proof in hand, which the terminal tells too, and what was seen until then is summed up.
let interrupted = false;
process.on("SIGINT", () => {
  interrupted = true;
});

const proofs = chosenProofs(proofsAmong(await readTests()), process.argv.slice(2));
const results: StageResult[] = [];
const isThere = new Set<Stage>();
for (const [index, proof] of proofs.entries()) {
  if (interrupted) break;
  const first = proof.path.includes("/e2e/") ? clusterUp : tools;
  if (!isThere.has(first) && (await runStage(first)).failed > 0) break;
  isThere.add(first);
  results.push(await runProof(proof, `${index + 1} of ${proofs.length}, ${proof.name}`));
}
process.stdout.write(soakSummary(results, proofs.length));
process.exitCode = results.length === proofs.length && results.every(({ failed }) => failed === 0) ? 0 : 1;
