import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { stringify } from "yaml";
import type { Engine } from "../../../cluster/engine.ts";
import { ensureDebianImage } from "../../../cluster/images/base.ts";
import { terminalProgress } from "../../../cluster/progress.ts";
import { type RunResult, tryRun } from "../../../cluster/shell.ts";
import { ALERTS_FILE, type Alert, readAlerts } from "../../support/alerts.ts";
import { theEngine } from "../../support/engine.ts";
import { prometheusRecipe } from "../../support/prometheusImage.ts";
import { type AlertCase, alertCases } from "./alertCases.ts";

const ALERTS = basename(ALERTS_FILE);
const OTHER = "other.yaml";
const SAMPLE = join(import.meta.dirname, "../../../config/monitoring/prometheus.yaml");
const RUNBOOKS = join(import.meta.dirname, "../../../docs/runbooks");
const alerts = await readAlerts();
let engine: Engine;
let image: string;

beforeAll(async () => {
  engine = await theEngine();
  image = await ensureDebianImage(engine, prometheusRecipe, terminalProgress());
}, 1_800_000);

/** Runs the real promtool beside the file of alerts and another, where one is given. */
async function promtool(words: string[], other = ""): Promise<RunResult> {
  const folder = await mkdtemp(join(tmpdir(), "hitcounter-alerts-"));
  try {
    await copyFile(ALERTS_FILE, join(folder, ALERTS));
    await writeFile(join(folder, OTHER), other);
    const limits = ["run", "--rm", "--network", "none", "--security-opt", "label=disable", "--user", "0:0"];
    const where = [
      "--volume",
      `${folder}:/files:ro`,
      "--workdir",
      "/files",
      "--entrypoint",
      "promtool",
      image,
    ];
    return await tryRun(engine.command, [...limits, ...where, ...words], { env: engine.env });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What Prometheus makes of a text of the rules. */
const filledIn = (text: string, labels: Record<string, string>, value = "") =>
  text
    .replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_all, label: string) => labels[label] ?? "")
    .replaceAll(/\{\{ \$value [^}]*\}\}/g, value);

/** One test of promtool: of these series the alert fires at this minute, or does not. */
function promtoolTest(alert: Alert, { labels, value, at }: AlertCase, series: object, fires: boolean) {
  const annotations = Object.entries(alert.annotations).map(([name, text]) => [
    name,
    filledIn(text, labels, value),
  ]);
  const expected = {
    exp_labels: { ...labels, ...alert.labels },
    exp_annotations: Object.fromEntries(annotations),
  };
  return {
    interval: "1m",
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    alert_rule_test: [{ eval_time: `${at}m`, alertname: alert.alert, exp_alerts: fires ? [expected] : [] }],
  };
}

const testsOf = (tests: object[]) => stringify({ rule_files: [ALERTS], evaluation_interval: "1m", tests });

describe("the alerts", () => {
  it("are rules that Prometheus takes, and so does the sample of a configuration with them", async () => {
    expect(await promtool(["check", "rules", "--lint=all", ALERTS])).toMatchObject({ code: 0 });
    const sample = await readFile(SAMPLE, "utf8");
    expect(await promtool(["check", "config", OTHER], sample)).toMatchObject({ code: 0 });
  });

  it("are all tried, and all have a page", async () => {
    const names = alerts.map(({ alert }) => alert).sort();
    expect(Object.keys(alertCases).sort()).toEqual(names);
    const pages = (await readdir(RUNBOOKS)).filter((name) => name !== "README.md");
    expect(pages.sort()).toEqual(names.map((name) => `${name}.md`));
    for (const { alert, annotations } of alerts)
      expect(annotations.runbook_url).toMatch(`/docs/runbooks/${alert}.md`);
  });

  it("fire when they should, and not when they should not", async () => {
    const tests = alerts.flatMap((alert) => {
      const tried = alertCases[alert.alert];
      if (!tried) return [];
      return [promtoolTest(alert, tried, tried.fires, true), promtoolTest(alert, tried, tried.quiet, false)];
    });
    const { code, stdout, stderr } = await promtool(["test", "rules", OTHER], testsOf(tests));
    expect({ code, said: `${stdout}${stderr}` }).toEqual({
      code: 0,
      said: expect.stringContaining("SUCCESS"),
    });
  });

  it("tell that nobody leads where no operator tells anything", async () => {
    const [alert] = alerts.filter((each) => each.alert === "HitCounterNoLeader");
    const tried = alertCases.HitCounterNoLeader;
    if (!alert || !tried) throw new Error("there is no such alert");
    const labels = { app_kubernetes_io_name: "hitcounter-operator" };
    const test = promtoolTest(alert, { ...tried, labels }, { 'up{job="another"}': "1x5" }, true);
    expect(await promtool(["test", "rules", OTHER], testsOf([test]))).toMatchObject({
      code: 0,
    });
  });
});
