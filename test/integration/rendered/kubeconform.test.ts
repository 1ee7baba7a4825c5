import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { terminalProgress } from "../../../cluster/progress.ts";
import { tryRun } from "../../../cluster/shell.ts";
import type { KubeObject } from "../../../operator/runtime/objects.ts";
import { type ApiServer, startApiServer } from "../../support/apiServer.ts";
import { tell } from "../../support/findings.ts";
import { ensureProgram } from "../../support/goPrograms.ts";
import { type OpenApi, SCHEMA_PATH, schemasOf } from "../../support/openApiSchemas.ts";
import { installMonitoringKinds } from "../../support/prometheusOperator.ts";
import { everythingRendered } from "../../support/rendered.ts";
import { until } from "../../support/until.ts";

let api: ApiServer;
let folder: string;
let rendered: Map<string, KubeObject[]>;

/** Schemas as the API server itself tells them, of our kind and of prometheus-operator's too. */
beforeAll(async () => {
  [api, folder, rendered] = await Promise.all([
    startApiServer(),
    mkdtemp(join(tmpdir(), "hitcounter-schemas-")),
    everythingRendered(),
  ]);
  await installMonitoringKinds(api.kubectl);
  const known = await until("the API server tells of every kind", async () => {
    const schemas = schemasOf(JSON.parse(await api.kubectl("get", "--raw", "/openapi/v2")) as OpenApi);
    const wanted = [
      "hitcounter-hitcounter-v1alpha1",
      "servicemonitor-monitoring-v1",
      "prometheusrule-monitoring-v1",
    ];
    return wanted.every((name) => schemas.has(`${name}.json`)) && schemas;
  });
  for (const [name, schema] of known) await writeFile(join(folder, name), JSON.stringify(schema));
}, 1_800_000);
afterAll(async () => {
  if (folder) await rm(folder, { recursive: true });
  await api?.stop();
});

interface Report {
  resources: { filename: string; kind: string; name: string; status: string; msg: string }[];
  summary: { valid: number; invalid: number; errors: number; skipped: number };
}

/** What kubeconform says of objects, each in a file of the group that it belongs to. */
async function judge(groups: ReadonlyMap<string, readonly object[]>) {
  const files = await mkdtemp(join(tmpdir(), "hitcounter-rendered-"));
  try {
    for (const [index, objects] of [...groups.values()].entries()) {
      await mkdir(join(files, `${index}`));
      const written = objects.map((object, each) =>
        writeFile(join(files, `${index}`, `${each}.json`), JSON.stringify(object)),
      );
      await Promise.all(written);
    }
    const { stdout, stderr } = await tryRun(await ensureProgram("kubeconform", terminalProgress()), [
      ...["-strict", "-summary", "-output", "json", "-schema-location", join(folder, SCHEMA_PATH)],
      files,
    ]);
    if (stderr !== "") throw new Error(stderr);
    const { summary, resources } = JSON.parse(stdout) as Report;
    const found = resources.map(({ filename, kind, name, msg }) => {
      const [index] = filename.slice(files.length + 1).split("/");
      return `${[...groups.keys()][Number(index)]}: ${kind} ${name}: ${msg}`;
    });
    return { summary, found };
  } finally {
    await rm(files, { recursive: true });
  }
}

describe("kubeconform, by the API server's own schemas", () => {
  it("finds nothing wrong with anything that is rendered", async () => {
    const { summary, found } = await judge(rendered);
    expect(found).toEqual([]);
    const objects = [...rendered.values()].flat();
    expect(summary).toEqual({ valid: objects.length, invalid: 0, errors: 0, skipped: 0 });
    tell(
      "kubeconform",
      `${objects.length} objects of ${rendered.size} sources are as the API server wants them`,
    );
  });

  /** The first object of a kind in all that is rendered, with another value at a path; undefined takes it away. */
  function spoilt(kind: string, path: string, value: unknown): object {
    const object = [...rendered.values()].flat().find((each) => each.kind === kind);
    if (!object) throw new Error(`No ${kind} is rendered`);
    const copy = structuredClone(object);
    const steps = path.split(".");
    const last = steps.pop() ?? "";
    const parent = steps.reduce(
      (at, step) => at[step] as Record<string, unknown>,
      copy as Record<string, unknown>,
    );
    parent[last] = value;
    return copy;
  }

  it.each([
    [
      "a field that is misspelt",
      "Deployment",
      "spec.template.spec.containers.0.imagePullpolicy",
      "Always",
      "imagePullpolicy",
    ],
    [
      "a field that stands at the wrong place",
      "StatefulSet",
      "spec.terminationGracePeriodSeconds",
      5,
      "terminationGracePeriodSeconds",
    ],
    ["a word for a number", "Deployment", "spec.replicas", "two", "replicas"],
    ["one thing for a list", "Service", "spec.ports", { port: 80 }, "ports"],
    ["what has to be there and is not", "Deployment", "spec.selector", undefined, "selector"],
    ["a rule without verbs", "ClusterRole", "rules.0.verbs", undefined, "verbs"],
    [
      "a version that the API server has no more",
      "PodDisruptionBudget",
      "apiVersion",
      "policy/v1beta1",
      "could not find schema",
    ],
    ["a field of a HitCounter that there is not", "HitCounter", "spec.verion", "1.0.0", "verion"],
    [
      "a choice of a HitCounter that there is not",
      "HitCounter",
      "spec.deletionPolicy",
      "Keep",
      "deletionPolicy",
    ],
    [
      "a field of a ServiceMonitor that there is not",
      "ServiceMonitor",
      "spec.endpoints.0.prot",
      "http",
      "prot",
    ],
    ["a list for a rule of Prometheus", "PrometheusRule", "spec.groups.0.rules.0.expr", ["up"], "expr"],
  ])("finds %s", async (_what, kind, path, value, words) => {
    const { found } = await judge(new Map([["spoilt", [spoilt(kind, path, value)]]]));
    expect(found).toEqual([expect.stringContaining(words)]);
  });
});
