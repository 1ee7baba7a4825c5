import { readFile } from "node:fs/promises";
import { join } from "node:path";

const FILE = join(import.meta.dirname, "../../config/monitoring/dashboard.json");

interface Panel {
  title: string;
  targets?: { expr: string }[];
  panels?: Panel[];
}

/** Every query of the Grafana dashboard, with the title of its panel. */
export async function readDashboard(): Promise<{ title: string; expr: string }[]> {
  const { panels } = JSON.parse(await readFile(FILE, "utf8")) as { panels: Panel[] };
  const all = panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
  return all.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));
}
