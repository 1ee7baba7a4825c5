import { join } from "node:path";
import { afterAll } from "@jest/globals";
import { freshNamespace, testCluster } from "../../support/cluster.ts";
import { ROWS, stepsOf } from "../../support/documentedCommands.ts";
import { isShown, type Step } from "../../support/documents.ts";
import { getOnce } from "../../support/get.ts";
import { untilReady, urlOf } from "../../support/hitCounters.ts";
import { sideBySide } from "../../support/sideBySide.ts";
import { openTerminal, type Terminal } from "../../support/terminal.ts";
import { until } from "../../support/until.ts";

// The commands of the tutorial and the how-to guides, as a reader would type them who has run `npm run up`: what they
// print is held against what the page shows.

const sample = join(import.meta.dirname, "../../../samples/hitcounter.yaml");
/** What `npm run up` asks the sample: once by each of its addresses. */
const HITS_OF_UP = 2;
const namespaceOf = (row: readonly string[]) => `docs-${ROWS.indexOf(row)}`;
sideBySide(
  Object.fromEntries(
    ROWS.map((row) => [`the commands of ${row.join(", ")} do what the pages say`, () => follow(row)]),
  ),
);

afterAll(async () => {
  const namespaces = ROWS.map(namespaceOf);
  await testCluster().kubectl("delete", "namespace", ...namespaces, "--ignore-not-found", "--wait=false");
});

/** Does what the pages say, one after the other, and throws where something is not as they say. */
async function follow(row: readonly string[]): Promise<void> {
  const { kubectl: cluster, kubeconfig } = testCluster();
  const kubectl = await freshNamespace(cluster, namespaceOf(row));
  await kubectl("apply", "-f", sample);
  await untilReady(kubectl, "hitcounter");
  const url = await urlOf(kubectl, "hitcounter");
  for (let hit = 0; hit < HITS_OF_UP; hit += 1) await getOnce(`${url}/`);

  const terminal = await openTerminal(kubeconfig, kubectl.namespace);
  try {
    for (const page of row) {
      await urlOf(kubectl, "hitcounter"); // the page before may have changed its Service
      await followPage(page, terminal);
    }
  } finally {
    await terminal.close();
  }
}

async function followPage(page: string, terminal: Terminal): Promise<void> {
  for (const step of await stepsOf(page)) {
    if (step.notRun !== undefined) continue;
    await take(step, terminal).catch((cause) => {
      throw new Error(`docs/${page}:${step.line}\n${cause instanceof Error ? cause.message : cause}`, {
        cause,
      });
    });
  }
}

async function take({ commands, shown }: Step, { type }: Terminal): Promise<void> {
  const check = async () => {
    const printed = await type(commands);
    if (shown === undefined || isShown(shown, printed)) return true;
    throw new Error(`${commands}\nshould print\n${shown}\nand prints\n${printed}`);
  };
  // A status and events come a moment later: who only looks would look again.
  const onlyLooks = commands.split("\n").every((line) => /^kubectl (get|describe|events) /.test(line));
  await (onlyLooks ? until(commands, check, { withinSeconds: 60 }) : check());
}
