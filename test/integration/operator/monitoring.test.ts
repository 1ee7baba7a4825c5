import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import type { V1Deployment, V1Service, V1StatefulSet } from "@kubernetes/client-node";
import { childKinds, pods } from "../../../operator/kinds.ts";
import { connect } from "../../../operator/runtime/connect.ts";
import type { KubeClient } from "../../../operator/runtime/kubeClient.ts";
import {
  type ApiServer,
  type RunningOperator,
  startApiServer,
  startOperator,
} from "../../support/apiServer.ts";
import { requestsOf } from "../../support/audit.ts";
import { patchSpec } from "../../support/hitCounters.ts";
import type { Kubectl } from "../../support/kubectl.ts";
import { makeWeb, patchStatus, serve } from "../../support/pretended.ts";
import { installMonitoringKinds } from "../../support/prometheusOperator.ts";
import { until } from "../../support/until.ts";

const EXPORTERS = ["web-exporter", "web-exporter-nginx"];
const MONITORS = ["web-counter", ...EXPORTERS];
const CONFIG = join(import.meta.dirname, "../../../config/monitoring");
const ALONE = { LEADER_ELECTION: "false" };

let api: ApiServer;
let client: KubeClient;
let operator: RunningOperator;
let kubectl: Kubectl;

// One HitCounter, through all of it in turn.
beforeAll(async () => {
  api = await startApiServer();
  client = connect({ kubeconfig: api.kubeconfig, userAgent: "monitoring-test" });
  operator = await startOperator(api.kubeconfig, ALONE);
  kubectl = await makeWeb(api, "monitored");
  await until("its proxy is there", async () => {
    const { code } = await kubectl.attempt("get", "deployment/web-proxy", "service/web-proxy");
    return code === 0;
  });
  await serve(client, "monitored");
  await setAddress("web-proxy-0", "10.244.1.7");
}, 1_800_000);
afterAll(async () => {
  await operator?.stop();
  await client?.close();
  await api?.stop();
});

/** Gives a pod an address as a kubelet does: before it is ready. */
async function setAddress(name: string, podIP: string): Promise<void> {
  for (const status of ["False", "True"]) {
    const conditions = [{ type: "Ready", status }];
    const address = { podIP, podIPs: [{ ip: podIP }] };
    await patchStatus(client, pods, { namespace: "monitored", name }, { ...address, conditions });
  }
}
const namesOf = async (plural: string) =>
  (await kubectl("get", plural, "-o", "name")).split("\n").map((name) => name.slice(name.indexOf("/") + 1));
const deployment = (name: string) => kubectl.json<V1Deployment>("get", "deployment", name);
/** The pods of the parts, as their workloads have them made. */
const templates = async () => {
  const { spec } = await kubectl.json<V1StatefulSet>("get", "statefulset", "web-redis");
  const parts = await Promise.all(["web-counter", "web-proxy"].map(deployment));
  return [spec, ...parts.map((part) => part.spec)].map((of) => of?.template);
};
const annotationsOf = async (name: string) =>
  (await kubectl.json<V1Service>("get", "service", name)).metadata?.annotations ?? {};
const untilMade = (what: string, plural: string, wanted: string[]) =>
  until(what, async () => {
    const there = await namesOf(plural);
    return wanted.every((name) => there.includes(name));
  });

it("is turned on without another pod of Redis, counter or proxy", async () => {
  const before = await templates();
  await patchSpec(kubectl, "web", { monitoring: { enabled: true } });
  await untilMade("the exporters are there", "deployments", EXPORTERS);
  await untilMade("their Services are there", "services", EXPORTERS);
  expect(await templates()).toEqual(before);
});

it("tells a Prometheus where to look by annotations, and watches no kind that is not there", async () => {
  for (const name of MONITORS)
    expect(await annotationsOf(name)).toMatchObject({ "prometheus.io/scrape": "true" });
  const asked = (await requestsOf(api.auditLog, "hitcounter-operator")).filter(({ requestURI }) =>
    requestURI.includes("servicemonitors"),
  );
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.filter(({ requestURI }) => requestURI.includes("watch="))).toEqual([]);
  expect(await operator.isReady()).toBe(true);
});

it("asks each proxy there is", async () => {
  const args = async () =>
    (await deployment("web-exporter-nginx")).spec?.template.spec?.containers[0]?.args ?? [];
  await until("the first is asked", async () => (await args()).length === 1);
  await setAddress("web-proxy-1", "10.244.2.7");
  await until("both are asked", async () => (await args()).length === 2);
  expect(await args()).toContain("--nginx.scrape-uri=http://10.244.2.7:8081/stub_status");
});

it("brings back an exporter that was changed or deleted", async () => {
  await kubectl("set", "image", "deployment/web-exporter", "redis-exporter=example.com/another:1");
  await kubectl("delete", "deployment", "web-exporter-nginx");
  await untilMade("it is back", "deployments", EXPORTERS);
  await until("it has its image", async () => {
    const [container] = (await deployment("web-exporter")).spec?.template.spec?.containers ?? [];
    return container?.image?.includes("redis_exporter");
  });
});

it("makes ServiceMonitors in place of annotations once the cluster knows them", async () => {
  await operator.stop();
  await installMonitoringKinds(api.kubectl);
  operator = await startOperator(api.kubeconfig, ALONE);
  await untilMade("the monitors are there", "servicemonitors", MONITORS);
  await until("the annotations are gone", async () => {
    const all = await Promise.all(MONITORS.map(annotationsOf));
    return all.every((annotations) => !("prometheus.io/scrape" in annotations));
  });
  await client.delete(childKinds.ServiceMonitor, { namespace: "monitored", name: "web-exporter" });
  await untilMade("it is back", "servicemonitors", MONITORS);
});

it("the operator's own PodMonitor and PrometheusRule are as their kinds want them", async () => {
  const { code, stderr } = await api.kubectl.attempt("apply", "--server-side", "-k", CONFIG);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  // What the kind does not know would be left out.
  expect(await api.kubectl.attempt("diff", "--server-side", "-k", CONFIG)).toMatchObject({ code: 0 });
});

it("is turned off without a trace", async () => {
  const before = await templates();
  await patchSpec(kubectl, "web", { monitoring: { enabled: false } });
  await until("all of it is gone", async () => {
    const left = await namesOf("deployments,services,servicemonitors");
    return !left.some((name) => name.includes("exporter"));
  });
  await until(
    "the last monitor is gone",
    async () => (await kubectl("get", "servicemonitors", "-o", "name")) === "",
  );
  expect(await templates()).toEqual(before);
});
