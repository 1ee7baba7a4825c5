import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Step, stepsIn } from "./documents.ts";

/**
 * The pages whose commands are run, in rows: each row with a HitCounter of its own, each page on what the one before it
 * has left.
 */
export const ROWS: readonly (readonly string[])[] = [
  ["tutorial.md"],
  [
    "how-to/upgrade.md",
    "how-to/roll-back.md",
    "how-to/look-at-the-numbers.md",
    "how-to/visitors.md",
    "how-to/network-policies.md",
    "how-to/limit-clients.md",
  ],
  ["how-to/rotate-passwords.md"],
  ["how-to/install.md", "how-to/expose.md", "how-to/badge.md", "how-to/scale.md", "how-to/monitor.md"],
  ["how-to/back-up.md", "how-to/troubleshoot.md", "how-to/volume.md"],
];

/** The pages of which nothing is run. */
export const NEVER_RUN_PAGES = [
  "how-to/compose.md",
  "how-to/gitops.md",
  "how-to/minikube.md",
  "how-to/nodes.md",
  "how-to/tls.md",
  "how-to/verify-a-release.md",
];

/** Why commands can't be run here at all, which a page has to tell its reader. */
export const NEVER = "never";

/** The commands that the test of the pages does not run, as the pages name them: who runs them instead. */
export const NOT_RUN: Readonly<Record<string, string>> = {
  "npm run up": "the stage before the tests, with another name for the cluster",
  "npm run down": "e2e/cluster/8-down.test.ts",
  "push images": NEVER,
  "up with context": NEVER,
  "apply config/default": "npm run up, with the names of its images",
  "apply config/namespaced": "integration/operator/namespaces.test.ts",
  "operator in a terminal": "e2e/cluster/3-terminal.test.ts",
  https: "e2e/underLoad/upgrades.test.ts",
  "cert-manager": NEVER,
  "helm install": "e2e/cluster/6-chart.test.ts",
  "label the namespace of Prometheus": "e2e/underLoad/monitoring.test.ts, as it makes its namespace",
  "kubectl drain": "e2e/cluster/4-nodes.test.ts",
  "apply config/monitoring": "integration/operator/monitoring.test.ts",
  "accept the loss": "e2e/hitcounters/backups.test.ts",
  "restore in place": "e2e/hitcounters/backups.test.ts",
  "volume snapshot": NEVER,
  "check a release": "integration/release/release.test.ts",
  "make a release again": "integration/release/release.test.ts",
  "npm audit": NEVER,
  minikube: NEVER,
  compose: "integration/compose/compose.test.ts",
};

const DOCS = join(import.meta.dirname, "../../docs");

/** The commands of one of these pages. */
export async function stepsOf(page: string): Promise<Step[]> {
  try {
    return stepsIn(await readFile(join(DOCS, page), "utf8"));
  } catch (cause) {
    throw new Error(`docs/${page}`, { cause });
  }
}
