import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { V1Deployment, V1Secret, V1StatefulSet } from "@kubernetes/client-node";
import type { HitCounter } from "../../../operator/api/hitCounter.ts";
import { redisEnvironment, UNLISTED_DATA } from "../../../operator/desired/redisCommand.ts";
import {
  lookingAfter,
  type RunningOperator,
  sharedApiServer,
  startOperator,
} from "../../support/apiServer.ts";
import { manifest, read } from "../../support/hitCounters.ts";
import type { Kubectl } from "../../support/kubectl.ts";
import { until } from "../../support/until.ts";

// No kubelet and no controllers run here: the test tells the operator what they would tell it.

const api = sharedApiServer();
let operator: RunningOperator;
beforeAll(async () => {
  operator = await startOperator(api.kubeconfig, lookingAfter("believed", "unlisted"));
}, 1_800_000);
afterAll(async () => {
  await operator?.stop();
});

const patchStatus = (kubectl: Kubectl, what: string, status: object) =>
  kubectl("patch", what, "--subresource=status", "--type=merge", "-p", JSON.stringify({ status }));
const conditionOf = ({ status }: HitCounter, type: string) =>
  status?.conditions?.find((condition) => condition.type === type);

/** A HitCounter whose count was this. */
const counted = async (namespace: string, hits: number) => {
  await api.kubectl("create", "namespace", namespace);
  const kubectl = api.kubectl.in(namespace);
  await kubectl("create", "serviceaccount", "default"); // no controller makes it, and pods need one
  await kubectl.apply(manifest("web"));
  await until("a status is there", async () => (await read(kubectl, "web")).status?.conditions);
  await patchStatus(kubectl, "hitcounter/web", { hits });
  return kubectl;
};

/** Makes the operator look, as it does every 10 seconds where the proxy answers: a status alone is its own doing. */
const look = (kubectl: Kubectl) => kubectl("delete", "configmap/web-proxy");

const untilBelieved = (kubectl: Kubectl, count: string) =>
  until(`counters are told ${count}`, async () => {
    const { data } = await kubectl.json<V1Secret>("get", "secret", "web-redis");
    return Buffer.from(data?.["believed-count"] ?? "", "base64").toString() === count;
  });

/** A Redis pod that ends with these words, again and again. */
const failingRedis = async (kubectl: Kubectl, words: string) => {
  const { spec } = await kubectl.json<V1StatefulSet>("get", "statefulset", "web-redis");
  const container = { name: "redis", image: "example.com/redis:8" };
  await kubectl.apply({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web-redis-0", labels: spec?.template.metadata?.labels },
    spec: { automountServiceAccountToken: false, containers: [container] },
  });
  const ended = { exitCode: 1, message: `log line\n${words}\n`, reason: "Error" };
  const state = { waiting: { reason: "CrashLoopBackOff", message: "back-off" } };
  const status = {
    ...container,
    imageID: "",
    ready: false,
    restartCount: 2,
    state,
    lastState: { terminated: ended },
  };
  await patchStatus(kubectl, "pod/web-redis-0", { phase: "Running", containerStatuses: [status] });
};

describe("the count that was believed", () => {
  it("is kept for counters that start, rolls none of them, and is no news", async () => {
    const kubectl = await counted("believed", 41_239);
    await look(kubectl);
    await untilBelieved(kubectl, "41200");
    await patchStatus(kubectl, "hitcounter/web", { hits: 52_000 });
    await look(kubectl);
    await untilBelieved(kubectl, "52000");
    const { metadata } = await kubectl.json<V1Deployment>("get", "deployment", "web-counter");
    expect(metadata?.generation).toBe(1);
    await kubectl("delete", "secret", "web-redis");
    await untilBelieved(kubectl, "52000");
    // Events come late, but in their order.
    const events = await until("the last is told", async () => {
      const told = await kubectl("get", "events");
      return told.includes("Made anew what had been deleted: Secret web-redis") && told;
    });
    expect(events).not.toContain("Updated Secret");
  });
});

describe("a Redis that does not start over data without a list of its files", () => {
  it("makes the HitCounter say so until a person accepts the loss, which lets everything begin anew", async () => {
    const kubectl = await counted("unlisted", 41_239);
    await failingRedis(
      kubectl,
      `Redis would begin at 0 and write over what is left: ${UNLISTED_DATA}, /data/x`,
    );
    const object = await until("it is told", async () => {
      const seen = await read(kubectl, "web");
      return conditionOf(seen, "Ready")?.reason === "CountWentBack" && seen;
    });
    expect(conditionOf(object, "Stalled")?.status).toBe("True");
    expect(object.status?.hits).toBe(41_239);
    await untilBelieved(kubectl, "41239");
    const [, command] =
      /accept the loss with: kubectl (.*)$/.exec(conditionOf(object, "Ready")?.message ?? "") ?? [];
    await kubectl(...(command ?? "").split(" "));
    await untilBelieved(kubectl, "0");
    await until("Redis is told", async () => {
      const { spec } = await kubectl.json<V1StatefulSet>("get", "statefulset", "web-redis");
      const env = spec?.template.spec?.containers[0]?.env ?? [];
      return env.some(({ name, value }) => name === redisEnvironment.acceptedLoss && value === "41239");
    });
    await until("counters roll", async () => {
      const { spec } = await kubectl.json<V1Deployment>("get", "deployment", "web-counter");
      return spec?.template.metadata?.annotations?.["hitcounter.dev/accept-loss-of"] === "41239";
    });
  });
});
