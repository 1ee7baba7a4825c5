import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { DashboardData, PanelData, Series } from "../../tools/pictures/dashboardData.ts";
import type { Prometheus } from "./prometheus.ts";

const FILE = join(import.meta.dirname, "../../config/monitoring/dashboard.json");
/** How many points of time a graph is read at. */
const POINTS = 60;

interface Target {
  expr: string;
  legendFormat: string;
}

interface Panel extends Pick<PanelData, "type" | "title" | "gridPos"> {
  targets?: Target[];
  fieldConfig?: { defaults: { unit: string } };
  options?: { textMode?: string; legend?: { showLegend: boolean } };
}

const readPanels = async () => (JSON.parse(await readFile(FILE, "utf8")) as { panels: Panel[] }).panels;

/** Every query of the Grafana dashboard, with the title of its panel. */
export async function readDashboard(): Promise<{ title: string; expr: string }[]> {
  return (await readPanels()).flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ title, expr })),
  );
}

/** A query of the dashboard as Grafana sends it, for one HitCounter. */
export const queryOf = (expr: string, namespace: string, name: string): string =>
  expr.replaceAll("$namespace", namespace).replaceAll("$name", name).replaceAll("$__rate_interval", "1m");

/** What a Prometheus has for every panel of the dashboard, from one time to another (Unix seconds). */
export async function dashboardData(
  prometheus: Prometheus,
  { namespace, name, from, to }: { namespace: string; name: string; from: number; to: number },
): Promise<DashboardData> {
  const series = async ({ expr, legendFormat }: Target): Promise<Series[]> => {
    type Found = { metric: Record<string, string>; values: [number, string][] };
    const { result } = await prometheus.get<{ result: Found[] }>("query_range", {
      query: queryOf(expr, namespace, name),
      start: `${from}`,
      end: `${to}`,
      step: `${Math.max(1, Math.round((to - from) / POINTS))}`,
    });
    return result.map(({ metric, values }) => ({
      name: legendFormat.replace(/\{\{(\w+)\}\}/g, (_all, label: string) => metric[label] ?? ""),
      points: values.map(([time, value]) => [time, Number(value)]),
    }));
  };
  const panels = (await readPanels()).map(
    async ({ type, title, gridPos, targets = [], fieldConfig, options }): Promise<PanelData> => ({
      type,
      title,
      gridPos,
      ...(fieldConfig && { unit: fieldConfig.defaults.unit }),
      byName: options?.textMode === "name",
      hasLegend: options?.legend?.showLegend === true,
      series: (await Promise.all(targets.map(series))).flat(),
    }),
  );
  return { title: "HitCounter", of: `${namespace}/${name}`, from, to, panels: await Promise.all(panels) };
}
