import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import type { V1Pod, V1Service } from "@kubernetes/client-node";
import { NAMESPACE } from "../../../cluster/deploy.ts";
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
let stranger: V1Pod;
/** The pods of each source, and the addresses of each target, by title. */
const podsFrom = new Map<string, readonly V1Pod[]>();
const addressesOf = new Map<string, readonly string[]>();

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
  ]);
  stranger = inItsNamespace;
  const [strangers, prometheus] = [[inItsNamespace, inAnother], [inMetrics]];
  for (const [index, source] of SOURCES.entries()) {
    if (source.end === undefined) podsFrom.set(source.title, strangers.slice(index, index + 1));
    else if (source.end === "metrics") podsFrom.set(source.title, prometheus);
    else podsFrom.set(source.title, await running(source.end, source.another ? ANOTHER : NAME));
  }
  for (const target of TARGETS) addressesOf.set(target.title, await addresses(target, elsewhere));
}, 3_600_000);

afterAll(async () => {
  await cluster?.("delete", "namespace", ...NAMESPACES, "--ignore-not-found", "--wait=false");
});

/** The pods of a component, or of the operator, once all that are wanted run. */
const running = (end: Exclude<Source["end"], undefined | "metrics">, name: string) =>
  until(`${end} of ${name} runs`, async () => {
    const pods =
      end === "operator"
        ? (await cluster.in(NAMESPACE).json<{ items: V1Pod[] }>("get", "pods")).items
        : await podsOf(kubectl, name, end);
    const isRunning = ({ status }: V1Pod) => status?.containerStatuses?.[0]?.state?.running;
    return pods.length > 0 && pods.every(isRunning) && pods;
  });

/** Where a target is: DNS and the API server are behind their Services, of which policies see the pods. */
async function addresses({ end, port }: Target, elsewhere: V1Pod): Promise<string[]> {
  const service = async (namespace: string, name: string) =>
    (await cluster.in(namespace).json<V1Service>("get", "service", name)).spec?.clusterIP;
  if (end === "dns") return [`${await service("kube-system", "kube-dns")}:${port}`];
  if (end === "apiServer") return [`${await service("default", "kubernetes")}:443`];
  const pods = end === "elsewhere" ? [elsewhere] : await running(end, NAME);
  return pods.map(({ status }) => `${status?.podIP}:${port}`);
}

/** The table of all pairs as new connections have it, each tried from every pod of its source to every one of its target. */
async function seen(): Promise<string> {
  const took = new Map<string, boolean>();
  await Promise.all(
    SOURCES.map(async (source) => {
      const pods = podsFrom.get(source.title) ?? [];
      const all = [...addressesOf.values()].flat();
      const reached = await Promise.all(pods.map((pod) => reachedFrom(pod, all)));
      for (const target of TARGETS) {
        const answers = (addressesOf.get(target.title) ?? []).flatMap((address) =>
          pods.flatMap((pod, index) =>
            address.startsWith(`${pod.status?.podIP}:`) ? [] : [reached[index]?.has(address) === true],
          ),
        );
        const title = titleOf(source, target);
        if (new Set(answers).size > 1) throw new Error(`${title}: ${answers}`);
        for (const answer of answers) took.set(title, answer);
      }
    }),
  );
  return pairs((source, target) =>
    isUntried(source, target) ? isLetThrough(source, target) : took.get(titleOf(source, target)),
  );
}

const titleOf = (source: Source, target: Target) => `${source.title} to ${target.title}`;

/** Whether a new connection from the stranger in its namespace reaches its Redis. */
const strangerReachesRedis = async () => {
  const redis = addressesOf.get(TARGETS.find(({ end }) => end === "redis")?.title ?? "") ?? [];
  return (await reachedFrom(stranger, redis)).size > 0;
};

it("each pair is let through that the docs say, and no other", async () => {
  const told = pairs(isLetThrough);
  expect(await readFile(PAGE, "utf8")).toContain(`\n${told}\n`);
  // A policy holds, and lets a new peer in, a moment after the pod is there: whoever enforces it has to hear of both.
  await until("all pairs are as they should be", async () => {
    const now = await seen();
    if (now === told) return true;
    throw new Error(now);
  }).catch(() => {});
  expect(await seen()).toBe(told);
});

it("without its policies a stranger reaches its Redis, and with them again does not", async () => {
  await patchSpec(kubectl, NAME, { networkPolicy: { enabled: false } });
  await until("its Redis is open", strangerReachesRedis);
  const left = await kubectl(
    "get",
    "networkpolicies",
    "-o",
    "name",
    "-l",
    `app.kubernetes.io/instance=${NAME}`,
  );
  expect(left).toBe("");
  await patchSpec(kubectl, NAME, { networkPolicy: { enabled: true } });
  await until("its Redis is closed", async () => !(await strangerReachesRedis()));
});
