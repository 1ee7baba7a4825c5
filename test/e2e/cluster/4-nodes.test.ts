import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { isReady } from "../../../operator/reconcile/look/rollout.ts";
import {
  expectAsItShould,
  namesOf,
  podsOf,
  restartsOf,
  untilSettledAndGone,
} from "../../support/aftermath.ts";
import { freshNamespace, repairCluster, testCluster } from "../../support/cluster.ts";
import { tell } from "../../support/findings.ts";
import { getOnce } from "../../support/get.ts";
import { hitsOf, makeHitCounter, urlOf } from "../../support/hitCounters.ts";
import type { Kubectl } from "../../support/kubectl.ts";
import { cutPower, drain, podsOn, preferring, uncordon, workersOf } from "../../support/nodes.ts";
import { expectNothingLost, underLoad } from "../../support/underLoad.ts";
import { expectUnnoticed } from "../../support/unnoticed.ts";
import { until } from "../../support/until.ts";

let cluster: Kubectl;
let kubectl: Kubectl;
let workers: string[];

beforeAll(async () => {
  cluster = testCluster().kubectl;
  kubectl = await freshNamespace(cluster, "nodes");
  workers = await workersOf(cluster);
}, 3_600_000);

afterAll(async () => {
  await cluster?.("delete", "namespace", "nodes", "--ignore-not-found", "--wait=false");
});

const make = (name: string, spec?: object) => makeHitCounter(kubectl, name, spec);

describe("under 200 requests a second", () => {
  it("a drain of each worker in turn costs no request and no hit", async () => {
    await make("drained");
    await expectUnnoticed(kubectl, "drained", "each worker drained in turn", async () => {
      for (const worker of workers) {
        try {
          await drain(cluster, worker);
          await untilSettledAndGone(kubectl, "drained");
          expect(podsOn(worker, await podsOf(kubectl, "drained"))).toEqual([]);
        } finally {
          await uncordon(cluster, worker);
        }
      }
    });
    await expectAsItShould(kubectl, "drained", "1.0.0");
    expect(restartsOf(await podsOf(kubectl, "drained"))).toBe(0);
    await kubectl("delete", "hitcounter", "drained");
  });

  it("a worker without power for a moment costs no request and no hit where the proxies run on, nor the count of a Redis on it", async () => {
    const [survivor = ""] = workers;
    const there = { pod: { nodeSelector: { "kubernetes.io/hostname": survivor } } };
    const small = { replicas: 1 };
    await make("guarded", { redis: there, proxy: there });
    // Of two counters, which keep apart, one is elsewhere.
    const others = (await podsOf(kubectl, "guarded", "counter")).map(({ spec }) => spec?.nodeName ?? "");
    const lost = others.find((node) => node !== survivor) ?? "";
    await make("struck", { counter: small, proxy: small, redis: { pod: { affinity: preferring(lost) } } });
    for (let visit = 0; visit < 3; visit += 1) await getOnce(`${await urlOf(kubectl, "struck")}/`);
    const everyPod = async () => [
      ...(await podsOf(kubectl, "guarded")),
      ...(await podsOf(kubectl, "struck")),
    ];
    const before = await everyPod();
    const struck = namesOf(podsOn(lost, before));
    expect(struck).toContain("struck-redis-0");
    expect(struck.filter((name) => name.startsWith("guarded-counter"))).toHaveLength(1);
    const seen = await underLoad(kubectl, "guarded", "a worker without power for a moment", async () => {
      const cut = performance.now();
      await cutPower(lost);
      await repairCluster();
      await until("all that ran on it runs again", async () => {
        const pods = podsOn(lost, await everyPod());
        return pods.every((pod) => isReady(pod) && restartsOf([pod]) > 0);
      });
      tell(
        "lost node",
        `all is back ${((performance.now() - cut) / 1000).toFixed(0)} s after its power went`,
      );
      await untilSettledAndGone(kubectl, "guarded");
    });
    expectNothingLost(seen);
    for (const name of ["guarded", "struck"]) await expectAsItShould(kubectl, name, "1.0.0");
    expect(namesOf(await everyPod())).toEqual(namesOf(before));
    expect(await hitsOf(await urlOf(kubectl, "struck"))).toBe(3);
  });
});
