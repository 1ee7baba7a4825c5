import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";

/** A file of rules, as it is. */
export const ALERTS_FILE = join(import.meta.dirname, "../../config/monitoring/alerts.yaml");

/** An alert of that file. */
export interface Alert {
  alert: string;
  expr: string;
  for?: string;
  labels: Record<string, string>;
  annotations: { summary: string; description: string; runbook_url: string };
}

interface Rules {
  groups: { name: string; rules: (Alert | { record: string; expr: string })[] }[];
}

/** Every rule of the file: alerts, and what is recorded for them. */
export const readRules = async () =>
  (parse(await readFile(ALERTS_FILE, "utf8")) as Rules).groups.flatMap(({ rules }) => rules);

/** Every alert of the file. */
export const readAlerts = async () => (await readRules()).filter((rule): rule is Alert => "alert" in rule);

/** What an expression selects: `redis_up{…}`, or what was recorded. */
export const selectorsIn = (expression: string): string[] =>
  expression.match(/[a-z_]+\{[^}]*\}|hitcounter:\w+:\w+/g) ?? [];
