import { afterAll, beforeAll, expect, it } from "@jest/globals";
import type { V1Deployment, V1NetworkPolicyList } from "@kubernetes/client-node";
import {
  lookingAfter,
  type RunningOperator,
  sharedApiServer,
  startOperator,
} from "../../support/apiServer.ts";
import { writesOf } from "../../support/audit.ts";
import { patchSpec } from "../../support/hitCounters.ts";
import type { Kubectl } from "../../support/kubectl.ts";
import { makeWeb } from "../../support/pretended.ts";
import { until } from "../../support/until.ts";

const OF_PARTS = ["web-counter", "web-proxy", "web-redis"];
const OF_ALL = ["web-counter", "web-exporter", "web-exporter-nginx", "web-proxy", "web-redis"];

const api = sharedApiServer();
let operator: RunningOperator;
let kubectl: Kubectl;

// One HitCounter, through all of it in turn.
beforeAll(async () => {
  operator = await startOperator(api.kubeconfig, lookingAfter("walled"));
  kubectl = await makeWeb(api, "walled");
  await untilThereAre(OF_PARTS);
}, 1_800_000);
afterAll(async () => {
  await operator?.stop();
});

const policies = async () => (await kubectl.json<V1NetworkPolicyList>("get", "networkpolicies")).items;
const namesNow = async () => (await policies()).map(({ metadata }) => metadata?.name);
function untilThereAre(names: readonly string[]): Promise<boolean> {
  return until(`there are ${names}`, async () => {
    const now = await namesNow();
    if (`${now}` === `${names}`) return true;
    throw new Error(`${now}`);
  });
}
const templates = async () => {
  const workloads = ["deployment/web-counter", "deployment/web-proxy", "statefulset/web-redis"];
  const { items } = await kubectl.json<{ items: V1Deployment[] }>("get", ...workloads);
  return items.map(({ spec }) => spec?.template);
};
/** The operator's writes to policies so far. */
const written = async () =>
  (await writesOf(api.auditLog, "hitcounter-operator/walled")).filter((write) =>
    write.includes("networkpolicies"),
  );

it("are taken by the API server as they are meant, each with one write", async () => {
  for (const { spec } of await policies()) {
    expect(spec?.policyTypes).toEqual(["Ingress", "Egress"]);
    expect(spec?.podSelector?.matchLabels).toMatchObject({ "app.kubernetes.io/instance": "web" });
    // What the kind does not know would be left out: a rule without its peers lets everybody in.
    for (const rule of [...(spec?.ingress ?? []), ...(spec?.egress ?? [])]) {
      const ports = rule.ports?.map(({ port }) => port);
      const isForAll = `${ports}` === "53,53" || `${ports}` === "8080";
      expect("from" in rule || "to" in rule || isForAll).toBe(true);
    }
  }
  expect((await written()).sort()).toEqual(OF_PARTS.map((name) => `patch networkpolicies ${name}`));
});

it("come with exporters, and go with them", async () => {
  await patchSpec(kubectl, "web", { monitoring: { enabled: true } });
  await untilThereAre(OF_ALL);
  await patchSpec(kubectl, "web", { monitoring: { enabled: false } });
  await untilThereAre(OF_PARTS);
});

it("are turned off without a trace and on again, and no pod is replaced for it", async () => {
  const before = await templates();
  await patchSpec(kubectl, "web", { networkPolicy: { enabled: false } });
  await untilThereAre([]);
  await patchSpec(kubectl, "web", { networkPolicy: { enabled: true } });
  await untilThereAre(OF_PARTS);
  expect(await templates()).toEqual(before);
});

it("of the operator is taken as it is meant", async () => {
  const server = ["--server-side", "-f", "config/manager/network_policy.yaml"];
  await api.kubectl("apply", ...server);
  expect(await api.kubectl.attempt("diff", ...server)).toMatchObject({ code: 0, stdout: "" });
});
