import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import process from "node:process";
import { stringify } from "yaml";
import { hitCounterCrd } from "../operator/api/crd.ts";
import { exampleSpecs } from "../operator/api/exampleSpecs.ts";
import { chartFile, chartTemplates } from "./chart.ts";
import { chartValuesSchema } from "./chartValuesSchema.ts";
import { composeNginxConf, composeRedisStart } from "./compose.ts";
import { dashboard } from "./dashboard.ts";
import { fullSample } from "./fullSample.ts";
import { operatorNetworkPolicy } from "./networkPolicy.ts";
import { recorded } from "./podTemplates.ts";
import { prometheusRule } from "./prometheusRule.ts";
import { apiPage } from "./reference/api.ts";
import { metricsPage } from "./reference/metrics.ts";
import { networkPage } from "./reference/network.ts";
import { settingsPage } from "./reference/settings.ts";
import { roleFile } from "./roles.ts";

const root = resolve(import.meta.dirname, "..");
const read = (path: string) => readFile(resolve(root, path), "utf8");

const version = async () => (JSON.parse(await read("package.json")) as { version: string }).version;
const crdFile = () =>
  `# Made from operator/api by \`npm run generate\`. Do not edit.\n${stringify(hitCounterCrd(), { lineWidth: 0, aliasDuplicateObjects: false })}`;

/** Every generated file, by its path from the top of the repository: from what it is to what it should be. */
const generated: Record<string, (before: string | undefined) => string | Promise<string>> = {
  "crds/hitcounter.dev_hitcounters.yaml": crdFile,
  "config/rbac/role.yaml": () => roleFile("ClusterRole"),
  "config/namespaced/watched/role.yaml": () => roleFile("Role"),
  "config/manager/network_policy.yaml": operatorNetworkPolicy,
  "samples/hitcounter-full.yaml": () =>
    fullSample(exampleSpecs["as much as can be"], exampleSpecs["the other choices"]),
  "docs/reference/api.md": apiPage,
  "docs/reference/settings.md": settingsPage,
  "docs/reference/metrics.md": metricsPage,
  "docs/reference/network.md": networkPage,
  "compose/nginx.conf": composeNginxConf,
  "compose/redis.sh": composeRedisStart,
  "charts/hitcounter/Chart.yaml": async () => chartFile(await version()),
  "charts/hitcounter/crds/hitcounter.dev_hitcounters.yaml": crdFile,
  "config/monitoring/prometheus_rule.yaml": async () =>
    prometheusRule(await read("config/monitoring/alerts.yaml")),
  "config/monitoring/dashboard.json": dashboard,
  "charts/hitcounter/files/alerts.yaml": () => read("config/monitoring/alerts.yaml"),
  "charts/hitcounter/values.schema.json": () => `${JSON.stringify(chartValuesSchema(), null, 2)}\n`,
  ...Object.fromEntries(
    Object.entries(chartTemplates).map(([name, make]) => [
      `charts/hitcounter/templates/${name}`,
      () => make(read),
    ]),
  ),
  "tools/podTemplates.json": async (before = "{}") => {
    const now = recorded(JSON.parse(before), await read("CHANGELOG.md"), await version());
    return `${JSON.stringify(now, null, 2)}\n`;
  },
};

const check = process.argv.includes("--check");
const stale: string[] = [];

for (const [path, make] of Object.entries(generated)) {
  const file = resolve(root, path);
  const committed = await readFile(file, "utf8").catch(() => undefined);
  const content = await make(committed);
  if (committed === content) continue;
  stale.push(path);
  if (!check) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
}

if (check && stale.length > 0) {
  process.stderr.write(
    `Out of date: ${stale.join(", ")}. Run \`npm run generate\` and commit what it writes.\n`,
  );
  process.exitCode = 1;
} else {
  process.stdout.write(stale.length > 0 ? `Wrote ${stale.join(", ")}\n` : "Generated files are current\n");
}
