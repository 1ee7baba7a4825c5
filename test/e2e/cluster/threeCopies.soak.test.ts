import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { inNode } from "../../../cluster/kind.ts";
import { isReady } from "../../../operator/reconcile/look/rollout.ts";
import { podsOf, restartsOf } from "../../support/aftermath.ts";
import { freshNamespace, repairCluster, testCluster } from "../../support/cluster.ts";
import {
  besideControlPlane,
  expectUnharmed,
  primaryOf,
  untilAnswered,
  untilInSync,
} from "../../support/copies.ts";
import { tell } from "../../support/findings.ts";
import { makeHitCounter, urlOf } from "../../support/hitCounters.ts";
import type { Kubectl } from "../../support/kubectl.ts";
import { testNodes } from "../../support/nodeImages.ts";
import { cutPower, holdApiServer, podsOn, workersOf } from "../../support/nodes.ts";
import { underLoad } from "../../support/underLoad.ts";
import { until } from "../../support/until.ts";

// While two of three copies are off nothing can be counted: 4-nodes.test.ts has what visitors do not notice.

const NAME = "kept";
let cluster: Kubectl;
let kubectl: Kubectl;
let workers: string[];

beforeAll(async () => {
  cluster = testCluster().kubectl;
  kubectl = await freshNamespace(cluster, "three-copies-off");
  workers = await workersOf(cluster);
  const redis = { replicas: 3 };
  await makeHitCounter(kubectl, NAME, { redis, proxy: besideControlPlane, deletionPolicy: "Delete" });
  await untilInSync(kubectl, NAME);
}, 3_600_000);

afterAll(async () => {
  await cluster?.("delete", "namespace", "three-copies-off", "--ignore-not-found", "--wait=false");
});

/** Cuts the power of these workers at once, brings them back, and waits until what ran on them has started anew. */
async function offAndOn(lost: readonly string[]): Promise<void> {
  const started = async () => {
    const pods = await podsOf(kubectl, NAME, "redis");
    return new Map(lost.map((node) => [node, restartsOf(podsOn(node, pods))]));
  };
  const before = await started();
  await Promise.all(lost.map(cutPower));
  await repairCluster();
  // Until then they may count as ready, as they were when they were last heard of.
  await until("the copies on them have started anew", async () => {
    const pods = await podsOf(kubectl, NAME, "redis");
    const now = await started();
    return pods.every(isReady) && lost.every((node) => (now.get(node) ?? 0) > (before.get(node) ?? 0));
  });
  await untilInSync(kubectl, NAME);
}

describe("under 100 requests a second, no hit that was answered is lost, and none is counted twice, where Redis", () => {
  it.each([
    ["two of three workers off and on", 2],
    ["all workers off and on", 3],
  ])("has %s", async (what, many) => {
    const change = () => offAndOn(workers.slice(0, many));
    const seen = await underLoad(kubectl, NAME, `three copies: ${what}`, change, { rate: 100 });
    tell(
      "three copies",
      `${what}: ${seen.failures.length} of ${seen.requests} requests were told to come again, the longest wait was ` +
        `${(seen.slowestMs / 1000).toFixed(1)} s`,
    );
    expect(seen.twice).toEqual([]);
    // One that was not answered may have been counted; one that was is.
    expect(seen.countMinusAnswers).toBeGreaterThanOrEqual(0);
    expect(seen.countMinusAnswers).toBeLessThanOrEqual(seen.failures.length);
    expect(seen.failures.filter((failure) => !/ s: 50[234] /.test(failure)).slice(0, 20)).toEqual([]);
  });
});

/** What a process of the operator logs that has lost the Lease, as the API server is away, and keeps copies on. */
const KEEPS = "keeps copies of Redis until the API server answers";
/** How often one said so, by the logs on the nodes: the API server is not there to ask. */
async function timesKeptWithoutLease(): Promise<number> {
  const { engine, nodes } = await testNodes();
  const look = `cat /var/log/pods/hitcounter-system_*/operator/*.log 2>/dev/null | grep -c "${KEEPS}" || :`;
  const found = await Promise.all(nodes.map((node) => inNode(engine, node, ["sh", "-c", look])));
  return found.reduce((sum, count) => sum + Number(count), 0);
}

describe("under 100 requests a second, no request and no hit is lost where Redis", () => {
  it("loses the primary's node when the API server has been away for longer than a Lease holds", async () => {
    const { node } = await primaryOf(kubectl, NAME);
    const url = await urlOf(kubectl, NAME);
    await expectUnharmed(kubectl, NAME, "the primary's node lost without API server and Lease", async () => {
      const before = await timesKeptWithoutLease();
      const letGo = await holdApiServer();
      try {
        const isKept = async () => (await timesKeptWithoutLease()) > before;
        await until("the one that led keeps the copies on", isKept, { everyMs: 1_000 });
        await cutPower(node);
        await untilAnswered(url);
      } finally {
        await letGo();
      }
      await repairCluster();
    });
  });
});
