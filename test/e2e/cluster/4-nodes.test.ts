import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { NAMESPACE } from "../../../cluster/deploy.ts";
import { isReady } from "../../../operator/reconcile/look/rollout.ts";
import {
  expectAsItShould,
  namesOf,
  podsOf,
  restartsOf,
  untilSettledAndGone,
} from "../../support/aftermath.ts";
import {
  freshNamespace,
  installedOperator,
  repairCluster,
  scaleOperator,
  testCluster,
} from "../../support/cluster.ts";
import {
  besideControlPlane,
  bringOperatorTo,
  expectUnharmed,
  primaryOf,
  untilAnswered,
} from "../../support/copies.ts";
import { tell } from "../../support/findings.ts";
import { getOnce } from "../../support/get.ts";
import { conditionOf, hitsOf, makeHitCounter, patchSpec, read, urlOf } from "../../support/hitCounters.ts";
import type { Kubectl } from "../../support/kubectl.ts";
import { tagInNodes } from "../../support/nodeImages.ts";
import {
  cutPower,
  drain,
  holdApiServer,
  podsOn,
  preferring,
  uncordon,
  workersOf,
} from "../../support/nodes.ts";
import { expectNothingLost, underLoad } from "../../support/underLoad.ts";
import { expectUnnoticed } from "../../support/unnoticed.ts";
import { until } from "../../support/until.ts";

/** Has three copies of Redis, from the first test on. */
const KEPT = "kept";
/** Has one, and is there since the cluster is, in the namespace `default`. */
const SAMPLE = "hitcounter";
const NEXT_REDIS = "localhost/hitcounter-test/redis:next";
let cluster: Kubectl;
let kubectl: Kubectl;
let workers: string[];
let url: string;

beforeAll(async () => {
  cluster = testCluster().kubectl;
  kubectl = await freshNamespace(cluster, "nodes");
  workers = await workersOf(cluster);
  await make(KEPT, { proxy: besideControlPlane, deletionPolicy: "Delete" });
  url = await urlOf(kubectl, KEPT);
}, 3_600_000);

afterAll(async () => {
  await cluster?.("delete", "namespace", "nodes", "--ignore-not-found", "--wait=false");
});

const make = (name: string, spec?: object) => makeHitCounter(kubectl, name, spec);

const unharmed = (what: string, change: () => Promise<unknown>) =>
  expectUnharmed(kubectl, KEPT, what, change);

/** Cuts the power of the primary's node, on which the operator has a pod, and tells when the count is answered again. */
async function losePrimary(node: string, what: string): Promise<void> {
  const cut = performance.now();
  await cutPower(node);
  await untilAnswered(url);
  tell(
    "three copies",
    `${what}: a count was answered ${((performance.now() - cut) / 1000).toFixed(1)} s later`,
  );
}

/** The node of the primary, with a pod of the operator on it. */
async function nodeToLose(): Promise<string> {
  const { node } = await primaryOf(kubectl, KEPT);
  await bringOperatorTo(cluster, cluster.in(NAMESPACE), node);
  return (await primaryOf(kubectl, KEPT)).node;
}

describe("under 100 requests a second to three copies, and 200 to one, no request and no hit is lost where Redis", () => {
  it("gets two more copies, and one operator alone is told of", async () => {
    await scaleOperator(cluster, 1);
    await unharmed("1 copy becomes 3", async () => {
      await patchSpec(kubectl, KEPT, { redis: { replicas: 3 } });
    });
    const toldBy = async () => (await conditionOf(kubectl, KEPT, "RedisReplicated"))?.reason;
    await until("one node is told of", async () => (await toldBy()) === "OneKeeperNode");
    await scaleOperator(cluster, 2);
    await until("two nodes are known", async () => (await toldBy()) === "InSync");
    const pods = await podsOf(kubectl, KEPT, "redis");
    expect(workers.map((worker) => podsOn(worker, pods).length)).toEqual([1, 1, 1]);
  });

  it("has each worker drained in turn, whether it has three copies or one", async () => {
    const sample = cluster.in("default");
    const drainEach = async () => {
      for (const worker of workers) {
        try {
          await drain(cluster, worker);
          await untilSettledAndGone(sample, SAMPLE);
          expect(podsOn(worker, await podsOf(sample, SAMPLE))).toEqual([]);
        } finally {
          await uncordon(cluster, worker);
        }
      }
    };
    await unharmed("each worker drained in turn", () =>
      expectUnnoticed(sample, SAMPLE, "each worker drained in turn", drainEach),
    );
    await expectAsItShould(sample, SAMPLE, "1.0.0");
    expect(restartsOf(await podsOf(sample, SAMPLE))).toBe(0);
  });

  it("loses the primary's node, with a pod of the operator; has one copy whose proxies run on; or has, on that node, its only copy and its count", async () => {
    const lost = await nodeToLose();
    const { pod } = await primaryOf(kubectl, KEPT);
    const survivor = workers.find((worker) => worker !== lost) ?? "";
    const there = { pod: { nodeSelector: { "kubernetes.io/hostname": survivor } } };
    const onLost = { pod: { affinity: preferring(lost) } };
    const small = { replicas: 1 };
    await Promise.all([
      make("guarded", { redis: there, proxy: there, counter: onLost }), // of two counters, which keep apart, one is elsewhere
      make("struck", { counter: small, proxy: small, redis: onLost }),
    ]);
    for (let visit = 0; visit < 3; visit += 1) await getOnce(`${await urlOf(kubectl, "struck")}/`);
    const ofOneCopy = async () => [
      ...(await podsOf(kubectl, "guarded")),
      ...(await podsOf(kubectl, "struck")),
    ];
    const before = await ofOneCopy();
    const struck = namesOf(podsOn(lost, before));
    expect(struck).toContain("struck-redis-0");
    expect(struck.filter((name) => name.startsWith("guarded-counter"))).toHaveLength(1);

    await unharmed("the primary's node loses power, with a pod of the operator", async () => {
      const seen = await underLoad(kubectl, "guarded", "a worker without power for a moment", async () => {
        const cut = performance.now();
        await losePrimary(lost, "power lost");
        await until("it is told", async () => (await primaryOf(kubectl, KEPT)).pod !== pod);
        await repairCluster();
        await until("all that ran on it runs again", async () => {
          const pods = podsOn(lost, await ofOneCopy());
          return pods.every((pod) => isReady(pod) && restartsOf([pod]) > 0);
        });
        tell(
          "lost node",
          `all is back ${((performance.now() - cut) / 1000).toFixed(0)} s after its power went`,
        );
        await untilSettledAndGone(kubectl, "guarded");
      });
      expectNothingLost(seen);
    });
    for (const name of ["guarded", "struck"]) await expectAsItShould(kubectl, name, "1.0.0");
    expect(namesOf(await ofOneCopy())).toEqual(namesOf(before));
    expect(await hitsOf(await urlOf(kubectl, "struck"))).toBe(3);
    await kubectl("delete", "hitcounter", "guarded", "struck");
  });

  it("loses the primary's node while neither the API server nor DNS answers", async () => {
    const lost = await nodeToLose();
    const dns = cluster.in("kube-system");
    const scaleDns = (replicas: number) =>
      until("DNS is scaled", () => dns("scale", "deployment/coredns", `--replicas=${replicas}`));
    await scaleDns(0);
    try {
      await dns("wait", "--for=delete", "pod", "-l", "k8s-app=kube-dns", "--timeout=60s");
      await unharmed("the same without API server and DNS", async () => {
        const letGo = await holdApiServer();
        try {
          await losePrimary(lost, "power lost without API server and DNS");
        } finally {
          await letGo();
        }
        await scaleDns(2);
        await repairCluster();
      });
    } finally {
      await scaleDns(2);
      await repairCluster();
    }
  });

  it("gets another image and more memory", async () => {
    const { REDIS_IMAGE: image = "" } = (await installedOperator(cluster)).env;
    await tagInNodes(image, NEXT_REDIS);
    const uids = async () => (await podsOf(kubectl, KEPT, "redis")).map(({ metadata }) => metadata?.uid);
    const before = await uids();
    await unharmed("another image and more memory", async () => {
      const resources = { limits: { memory: "300Mi" } };
      await patchSpec(kubectl, KEPT, { redis: { image: NEXT_REDIS, resources } });
      await until("all are others", async () => {
        const now = await uids();
        return now.length === 3 && !now.some((uid) => before.includes(uid));
      });
    });
  });

  it("loses the claim of its primary, with the pod", async () => {
    const { pod } = await primaryOf(kubectl, KEPT);
    const before = (await read(kubectl, KEPT)).status?.redis?.term ?? 0;
    await unharmed("the primary's claim is deleted with its pod", async () => {
      await kubectl("delete", "pvc", `data-${pod}`, "--wait=false");
      await kubectl("delete", "pod", pod);
      await until("the claim is made anew", async () => {
        const claim = await kubectl(
          "get",
          "pvc",
          `data-${pod}`,
          "-o",
          "jsonpath={.metadata.deletionTimestamp}/{.status.phase}",
        );
        return claim === "/Bound";
      });
    });
    expect((await read(kubectl, KEPT)).status?.redis?.term).toBeGreaterThan(before);
  });
});
