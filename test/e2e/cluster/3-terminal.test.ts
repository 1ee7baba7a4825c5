import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type RunningOperator, startOperator } from "../../support/apiServer.ts";
import { freshNamespace, installedOperator, standAside, testCluster } from "../../support/cluster.ts";
import { manifest, read, untilReady } from "../../support/hitCounters.ts";
import type { Kubectl } from "../../support/kubectl.ts";

const images = ["COUNTER_IMAGE", "REDIS_IMAGE", "PROXY_IMAGE"];
let kubectl: Kubectl;
let bringBack: (() => Promise<unknown>) | undefined;
let operator: RunningOperator | undefined;

beforeAll(async () => {
  const cluster = testCluster();
  kubectl = await freshNamespace(cluster.kubectl, "terminal");
  const { env } = await installedOperator(cluster.kubectl);
  bringBack = await standAside(cluster.kubectl);
  operator = await startOperator(
    cluster.kubeconfig,
    Object.fromEntries(Object.entries(env).filter(([name]) => images.includes(name))),
    "operator/main.ts",
  );
}, 3_600_000);

afterAll(async () => {
  await operator?.stop();
  await bringBack?.();
});

describe("an operator run from a terminal", () => {
  it("makes a HitCounter Ready and reads its count through the API server", async () => {
    await kubectl.apply(
      manifest("web", { counter: { replicas: 1 }, proxy: { replicas: 1, service: { type: "ClusterIP" } } }),
    );
    await untilReady(kubectl, "web");
    expect((await read(kubectl, "web")).status).toMatchObject({ version: "1.0.0", hits: 0, ready: "1/1" });
  });
});
