import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { NAMESPACE } from "../../../cluster/deploy.ts";
import { podsOf } from "../../support/aftermath.ts";
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
import { conditionOf, makeHitCounter, patchSpec, read, urlOf } from "../../support/hitCounters.ts";
import type { Kubectl } from "../../support/kubectl.ts";
import { tagInNodes } from "../../support/nodeImages.ts";
import { cutPower, drain, holdApiServer, podsOn, uncordon, workersOf } from "../../support/nodes.ts";
import { until } from "../../support/until.ts";

const NAME = "kept";
const NEXT_REDIS = "localhost/hitcounter-test/redis:next";
let cluster: Kubectl;
let kubectl: Kubectl;
let workers: string[];
let url: string;

beforeAll(async () => {
  cluster = testCluster().kubectl;
  kubectl = await freshNamespace(cluster, "three-copies");
  workers = await workersOf(cluster);
  await makeHitCounter(kubectl, NAME, { proxy: besideControlPlane, deletionPolicy: "Delete" });
  url = await urlOf(kubectl, NAME);
}, 3_600_000);

afterAll(async () => {
  await cluster?.("delete", "namespace", "three-copies", "--ignore-not-found", "--wait=false");
});

const unharmed = (what: string, change: () => Promise<unknown>) =>
  expectUnharmed(kubectl, NAME, what, change);

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
  const { node } = await primaryOf(kubectl, NAME);
  await bringOperatorTo(cluster, cluster.in(NAMESPACE), node);
  return (await primaryOf(kubectl, NAME)).node;
}

describe("under 100 requests a second, no request and no hit is lost where Redis", () => {
  it("gets two more copies, and one operator alone is told of", async () => {
    await scaleOperator(cluster, 1);
    await unharmed("1 copy becomes 3", async () => {
      await patchSpec(kubectl, NAME, { redis: { replicas: 3 } });
    });
    const toldBy = async () => (await conditionOf(kubectl, NAME, "RedisReplicated"))?.reason;
    await until("one node is told of", async () => (await toldBy()) === "OneKeeperNode");
    await scaleOperator(cluster, 2);
    await until("two nodes are known", async () => (await toldBy()) === "InSync");
    const pods = await podsOf(kubectl, NAME, "redis");
    expect(workers.map((worker) => podsOn(worker, pods).length)).toEqual([1, 1, 1]);
  });

  it("loses the primary's node, with a pod of the operator", async () => {
    const lost = await nodeToLose();
    const { pod } = await primaryOf(kubectl, NAME);
    await unharmed("the primary's node loses power, with a pod of the operator", async () => {
      await losePrimary(lost, "power lost");
      await until("it is told", async () => (await primaryOf(kubectl, NAME)).pod !== pod);
      await repairCluster();
    });
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

  it("has each of its nodes drained in turn", async () => {
    await unharmed("each worker drained in turn", async () => {
      for (const worker of workers) {
        try {
          await drain(cluster, worker);
        } finally {
          await uncordon(cluster, worker);
        }
      }
    });
  });

  it("gets another image and more memory", async () => {
    const { REDIS_IMAGE: image = "" } = (await installedOperator(cluster)).env;
    await tagInNodes(image, NEXT_REDIS);
    const uids = async () => (await podsOf(kubectl, NAME, "redis")).map(({ metadata }) => metadata?.uid);
    const before = await uids();
    await unharmed("another image and more memory", async () => {
      const resources = { limits: { memory: "300Mi" } };
      await patchSpec(kubectl, NAME, { redis: { image: NEXT_REDIS, resources } });
      await until("all are others", async () => {
        const now = await uids();
        return now.length === 3 && !now.some((uid) => before.includes(uid));
      });
    });
  });

  it("loses the claim of its primary, with the pod", async () => {
    const { pod } = await primaryOf(kubectl, NAME);
    const before = (await read(kubectl, NAME)).status?.redis?.term ?? 0;
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
    expect((await read(kubectl, NAME)).status?.redis?.term).toBeGreaterThan(before);
  });
});
