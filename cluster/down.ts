// Removes what `npm run up` made: npm run down [-- OPTION...]
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import process from "node:process";
import { parseArgs } from "node:util";
import { cacheFolder } from "./cache.ts";
import { type ClusterName, clusterName, deleteCluster, PERSONS_CLUSTER, TEST_CLUSTER } from "./cluster.ts";
import { presentEngine } from "./engine.ts";
import { type Progress, terminalProgress } from "./progress.ts";
import { run, tryRun } from "./shell.ts";

const HELP = `npm run down [-- OPTION...]

Removes the cluster of "npm run up" with all its data and its kubeconfig context.

  --cluster NAME   hitcounter, or the end-to-end tests' own hitcounter-test. Default hitcounter
  --all            both
  --cache          what was built and downloaded for clusters too: the next "npm run up" takes minutes
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      cluster: { type: "string", default: PERSONS_CLUSTER },
      all: { type: "boolean" },
      cache: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const progress = terminalProgress();
  const names: ClusterName[] = values.all ? [PERSONS_CLUSTER, TEST_CLUSTER] : [clusterName(values.cluster)];
  for (const name of names) {
    if (!(await deleteCluster(name, progress))) {
      progress.note(`There is no cluster ${name}`);
    }
  }
  if (values.cache) {
    await progress.step("Removing what was built", () => removeBuilt(progress));
  } else if (existsSync(cacheFolder())) {
    progress.note(`What was built stays in ${cacheFolder()} and among the images: --cache removes it`);
  }
}

/** Removes this project's images from the engine, and the cache folder. */
async function removeBuilt(progress: Progress): Promise<void> {
  const engine = await presentEngine(progress);
  if (engine) {
    const list = await run(engine.command, ["images", "--format", "{{.Repository}}:{{.Tag}}"], {
      env: engine.env,
    });
    for (const tag of list.split("\n").filter((line) => /^localhost\/hitcounter[-/]/.test(line))) {
      await tryRun(engine.command, ["rmi", tag], { env: engine.env }); // one that a cluster runs on stays
    }
  }
  await rm(cacheFolder(), { recursive: true, force: true });
}

try {
  await main();
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
