import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import type { V1Pod, V1Service } from "@kubernetes/client-node";
import { NAMESPACE } from "../../../cluster/deploy.ts";
import { PRODUCT_LABELS } from "../../../operator/desired/names.ts";
import { METRICS_LABEL } from "../../../operator/desired/networkPolicies.ts";
import {
  isLetThrough,
  isUntried,
  pairs,
  SOURCES,
  type Source,
  TARGETS,
  type Target,
  TRIED_SPEC,
} from "../../../tools/reference/network.ts";
import { podsOf } from "../../support/aftermath.ts";
import { freshNamespace, testCluster } from "../../support/cluster.ts";
import { reachedFrom } from "../../support/connections.ts";
import { makeHitCounter, patchSpec } from "../../support/hitCounters.ts";
import type { Kubectl } from "../../support/kubectl.ts";
import { startListener } from "../../support/listener.ts";
import { until } from "../../support/until.ts";

const NAME = "web";
const ANOTHER = "another";
const NAMESPACES = ["walls", "walls-strangers", "walls-metrics"] as const;
/** Of the pods that no policy is about. */
const PORT = TARGETS.find(({ end }) => end === "elsewhere")?.port ?? 0;
const PAGE = join(import.meta.dirname, "../../../docs/reference/network.md");

let cluster: Kubectl;
let kubectl: Kubectl;
/** The pods that no policy is about. */
let strangers: Readonly<Partial<Record<Source["end"] | Target["end"], V1Pod>>>;

beforeAll(async () => {
  cluster = testCluster().kubectl;
  const [own, others, metrics] = await Promise.all(
    NAMESPACES.map((name) => freshNamespace(cluster, name, name === "walls-metrics" ? METRICS_LABEL : {})),
  );
  if (!own || !others || !metrics) throw new Error("a namespace is missing");
  kubectl = own;
  const [inItsNamespace, inAnother, inMetrics, elsewhere] = await Promise.all([
    startListener(own, "stranger", PORT),
    startListener(others, "stranger", PORT),
    startListener(metrics, "stranger", PORT),
    startListener(others, "elsewhere", PORT),
    makeHitCounter(own, NAME, TRIED_SPEC),
    makeHitCounter(own, ANOTHER, TRIED_SPEC),
    ...[NAME, ANOTHER].map((name) =>
      startListener(own, `${name}-backup`, PORT, { labels: backupLabels(name) }),
    ),
  ]);
  strangers = { neighbour: inItsNamespace, outsider: inAnother, metrics: inMetrics, elsewhere };
}, 3_600_000);

/** Of a pod that makes backups: a real one ends before it could be asked. */
const backupLabels = (name: string) => ({
  ...PRODUCT_LABELS,
  "app.kubernetes.io/instance": name,
  "app.kubernetes.io/component": "backup",
});

afterAll(async () => {
  await cluster?.("delete", "namespace", ...NAMESPACES, "--ignore-not-found", "--wait=false");
});

/** The pods that are meant, once all of them run. */
async function podsAt(end: Source["end"] | Target["end"], name: string): Promise<readonly V1Pod[]> {
  const stranger = strangers[end];
  if (stranger) return [stranger];
  return await until(`${end} of ${name} runs`, async () => {
    const pods =
      end === "operator"
        ? (await cluster.in(NAMESPACE).json<{ items: V1Pod[] }>("get", "pods")).items
        : await podsOf(kubectl, name, end);
    const isRunning = ({ status }: V1Pod) => status?.containerStatuses?.[0]?.state?.running;
    return pods.length > 0 && pods.every(isRunning) && pods;
  });
}

/** Where a target is: DNS and the API server are behind their Services, of which policies see the pods. */
async function addressesOf({ end, port }: Target): Promise<string[]> {
  const service = async (namespace: string, name: string) =>
    (await cluster.in(namespace).json<V1Service>("get", "service", name)).spec?.clusterIP;
  if (end === "dns") return [`${await service("kube-system", "kube-dns")}:${port}`];
  if (end === "apiServer") return [`${await service("default", "kubernetes")}:443`];
  return (await podsAt(end, NAME)).map(({ status }) => `${status?.podIP}:${port}`);
}

/** The table of all pairs as new connections have it, each tried from every pod of its source to every one of its target. */
async function seen(): Promise<string> {
  const took = new Map<string, boolean>();
  const targets = await Promise.all(
    TARGETS.map(async (target) => ({ target, addresses: await addressesOf(target) })),
  );
  const everything = targets.flatMap(({ addresses }) => addresses);
  const tryAll = async (source: Source) => {
    const pods = await podsAt(source.end, source.another ? ANOTHER : NAME);
    const reached = await Promise.all(pods.map((pod) => reachedFrom(pod, everything)));
    for (const { target, addresses } of targets) {
      const answers = addresses.flatMap((address) =>
        pods.flatMap((pod, index) =>
          address.startsWith(`${pod.status?.podIP}:`) ? [] : [reached[index]?.has(address) === true],
        ),
      );
      const title = titleOf(source, target);
      if (new Set(answers).size > 1) throw new Error(`${title}: ${answers}`);
      for (const answer of answers) took.set(title, answer);
    }
  };
  await Promise.all(SOURCES.map(tryAll));
  return pairs((source, target) =>
    isUntried(source, target) ? isLetThrough(source, target) : took.get(titleOf(source, target)),
  );
}

const titleOf = (source: Source, target: Target) => `${source.title} to ${target.title}`;

/** Whether a new connection from the stranger in its namespace reaches its Redis. */
async function strangerReachesRedis(): Promise<boolean> {
  const [redis] = TARGETS.filter(({ end }) => end === "redis");
  const [stranger] = await podsAt("neighbour", NAME);
  if (!redis || !stranger) throw new Error("there is no Redis, or no stranger");
  return (await reachedFrom(stranger, await addressesOf(redis))).size > 0;
}

it("each pair is let through that the docs say, and no other", async () => {
  const told = pairs(isLetThrough);
  expect(await readFile(PAGE, "utf8")).toContain(`\n${told}\n`);
  // A policy holds, and lets a new peer in, a moment after the pod is there: whoever enforces it has to hear of both.
  const isAsTold = async () => {
    const now = await seen();
    if (now !== told) throw new Error(now);
    return true;
  };
  await until("all pairs are as they should be", isAsTold).catch(() => {});
  expect(await seen()).toBe(told);
});

it("without its policies a stranger reaches its Redis, and with them again does not", async () => {
  const policies = ["networkpolicies", "-l", `app.kubernetes.io/instance=${NAME}`];
  await patchSpec(kubectl, NAME, { networkPolicy: { enabled: false } });
  await until(
    "all its policies are gone",
    async () => (await kubectl("get", ...policies, "-o", "name")) === "",
  );
  await until("its Redis is open", strangerReachesRedis);
  await patchSpec(kubectl, NAME, { networkPolicy: { enabled: true } });
  await until("its Redis is closed", async () => !(await strangerReachesRedis()));
});
