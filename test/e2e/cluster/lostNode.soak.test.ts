import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { isReady } from "../../../operator/reconcile/look/rollout.ts";
import { expectAsItShould, podsOf, untilSettledAndGone } from "../../support/aftermath.ts";
import { freshNamespace, repairCluster, testCluster } from "../../support/cluster.ts";
import { tell } from "../../support/findings.ts";
import { getOnce } from "../../support/get.ts";
import { hitsOf, makeHitCounter, read, untilReady, urlOf } from "../../support/hitCounters.ts";
import type { Kubectl } from "../../support/kubectl.ts";
import { watchLateness } from "../../support/lateness.ts";
import { cutPower, podsOn, preferring, workersOf } from "../../support/nodes.ts";
import { expectNothingLost, type Seen, underLoad } from "../../support/underLoad.ts";
import { until } from "../../support/until.ts";

// Minutes, most of which Kubernetes waits for a node that is silent: 4-nodes.test.ts has one that is soon back.

/** Kubernetes' own bound (s): a node that is silent for 50 is lost; its word is looked for every 5, and so is the time. */
const LOST_SECONDS = 60;
/** Beyond it (s): what the operator's tolerations allow, and what a new pod needs to start. */
const REPLACED_SECONDS = LOST_SECONDS + 30 + 20;
/** Time for the word to get around (s): from the node's state to its pods', their endpoints, and each node's rules. */
const TOLD_SECONDS = 5;

/** By which a person says that a node is off, so that what it ran may be started elsewhere. */
const OUT_OF_SERVICE = "node.kubernetes.io/out-of-service=nodeshutdown:NoExecute";

let cluster: Kubectl;
let kubectl: Kubectl;

beforeAll(async () => {
  cluster = testCluster().kubectl;
  kubectl = await freshNamespace(cluster, "lost-node");
}, 3_600_000);

afterAll(async () => {
  await cluster?.("delete", "namespace", "lost-node", "--ignore-not-found", "--wait=false");
});

const make = (name: string, spec?: object) => makeHitCounter(kubectl, name, spec);
const onNode = async (node: string, name: string, part?: string) =>
  podsOn(node, await podsOf(kubectl, name, part));

describe("under 200 requests a second, a worker that loses power", () => {
  let noticed = 0;
  let replaced = 0;
  /** Seconds until then in which this machine was late. */
  let late = 0;
  let cutAfter = 0;
  let hitsBefore = 0;
  let hitsAfter = 0;
  let orphaned: string | undefined;
  const seen: Record<string, Seen> = {};

  /** Cuts a worker's power, waits until its pods have been replaced elsewhere, and brings it back. */
  const loseAndFind = async (lost: string, loadsBegan: number) => {
    const lateness = await watchLateness();
    const cut = performance.now();
    const sinceCut = () => (performance.now() - cut) / 1000;
    cutAfter = (cut - loadsBegan) / 1000;
    await cutPower(lost);
    const readiness = "jsonpath={.status.conditions[?(@.type=='Ready')].status}";
    const ready = () => cluster("get", "node", lost, "-o", readiness);
    await until("it is noticed", async () => (await ready()) !== "True", {
      withinSeconds: 2 * LOST_SECONDS,
    });
    noticed = sinceCut();
    await until(
      "its pods are replaced",
      async () => {
        const pods = [...(await podsOf(kubectl, "guarded")), ...(await podsOf(kubectl, "spread"))];
        return podsOn(lost, pods).length === 0 && pods.every(isReady);
      },
      { withinSeconds: 2 * REPLACED_SECONDS },
    );
    replaced = sinceCut();
    late = lateness.totalMs() / 1000;
    await lateness.stop();
    tell(
      "lost node",
      `noticed after ${noticed.toFixed(0)} s, its pods replaced after ${replaced.toFixed(0)} s`,
    );
    // The operator may have been there too.
    orphaned = await until(
      "it is told that Redis is away",
      async () => {
        const { status } = await read(kubectl, "bereft");
        const reason = status?.conditions?.find(({ type }) => type === "Ready")?.reason;
        return reason !== "Serving" && reason;
      },
      { withinSeconds: 2 * REPLACED_SECONDS },
    );
    const found = performance.now();
    await cluster("taint", "node", lost, OUT_OF_SERVICE);
    await untilReady(kubectl, "bereft");
    const moved = ((performance.now() - found) / 1000).toFixed(0);
    tell("lost node", `Redis counts elsewhere ${moved} s after a person said that the node is off`);
    hitsAfter = await hitsOf(await urlOf(kubectl, "bereft"));
    await cluster("taint", "node", lost, `${OUT_OF_SERVICE}-`);
    await repairCluster();
    for (const name of ["guarded", "spread"]) await untilSettledAndGone(kubectl, name);
  };

  beforeAll(async () => {
    const [lost = "", survivor = ""] = await workersOf(cluster);
    const there = { pod: { nodeSelector: { "kubernetes.io/hostname": survivor } } };
    await make("guarded", { redis: there, proxy: there });
    await make("spread", { redis: there });
    const small = { replicas: 1 };
    await make("bereft", { counter: small, proxy: small, redis: { pod: { affinity: preferring(lost) } } });
    for (let visit = 0; visit < 3; visit += 1) await getOnce(`${await urlOf(kubectl, "bereft")}/`);
    hitsBefore = await hitsOf(await urlOf(kubectl, "bereft"));
    expect(await onNode(lost, "bereft", "redis")).toHaveLength(1);
    expect(await onNode(lost, "guarded")).toHaveLength(1);
    expect(await onNode(lost, "spread", "counter")).toHaveLength(1);
    expect(await onNode(lost, "spread", "proxy")).toHaveLength(1);
    const began = performance.now();
    try {
      seen.guarded = await underLoad(
        kubectl,
        "guarded",
        "a worker loses power, visitors' proxies are on another",
        async () => {
          seen.spread = await underLoad(
            kubectl,
            "spread",
            "a worker loses power, with one of the proxies",
            () => loseAndFind(lost, began),
            { rate: 40 },
          );
        },
      );
    } finally {
      await cluster.attempt("taint", "node", lost, `${OUT_OF_SERVICE}-`);
      await repairCluster();
    }
  }, 600_000);

  it("has its pods replaced within the bounds that Kubernetes and the operator set", async () => {
    expect(noticed).toBeLessThan(LOST_SECONDS + late);
    expect(replaced).toBeLessThan(REPLACED_SECONDS + late);
    for (const name of ["guarded", "spread"]) await expectAsItShould(kubectl, name, "1.0.0");
  });

  it("keeps its Redis until a person says that the node is out of service; then it counts on elsewhere", () => {
    expect(orphaned).toBe("RedisNotReady");
    expect(hitsBefore).toBe(3);
    expect(hitsAfter).toBe(hitsBefore);
  });

  it("costs no request and no hit of visitors whose proxies run on", () => {
    if (!seen.guarded) throw new Error("There was no load");
    expectNothingLost(seen.guarded);
  });

  it("costs requests that go to the proxy on it, until Kubernetes knows; the count stays right", () => {
    if (!seen.spread) throw new Error("There was no load");
    const { failedAt, failures, twice, countMinusAnswers } = seen.spread;
    const late = failedAt.filter((at) => at > cutAfter + noticed + TOLD_SECONDS);
    tell("lost node", `${failures.length} requests failed, ${late.length} of them sent when it was known`);
    expect(twice).toEqual([]);
    expect(countMinusAnswers).toBeGreaterThanOrEqual(0);
    expect(countMinusAnswers).toBeLessThanOrEqual(failures.length);
  });
});
