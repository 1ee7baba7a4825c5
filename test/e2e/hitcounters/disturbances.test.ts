import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  expectAsItShould,
  namesOf,
  podsOf,
  restartsOf,
  untilSettledAndGone,
} from "../../support/aftermath.ts";
import { freshNamespace, testCluster } from "../../support/cluster.ts";
import { makeHitCounter } from "../../support/hitCounters.ts";
import type { Kubectl } from "../../support/kubectl.ts";
import { killProcess } from "../../support/nodes.ts";
import { expectNothingLost, underLoad } from "../../support/underLoad.ts";
import { until } from "../../support/until.ts";

const NAME = "web";
let cluster: Kubectl;
let kubectl: Kubectl;

beforeAll(async () => {
  cluster = testCluster().kubectl;
  kubectl = await freshNamespace(cluster, "disturbances");
  await makeHitCounter(kubectl, NAME);
}, 3_600_000);

afterAll(async () => {
  await cluster?.("delete", "namespace", "disturbances", "--ignore-not-found", "--wait=false");
});

/** Deletes a pod as a person would, and waits until another does its work. */
const replace = async (pod: string) => {
  await kubectl("delete", "pod", pod);
  await untilSettledAndGone(kubectl, NAME);
};

describe("under 200 requests a second", () => {
  it("deleting every pod, one by one, costs no request and no hit", async () => {
    const before = await podsOf(kubectl, NAME);
    expect(before).toHaveLength(5);
    const seen = await underLoad(kubectl, NAME, "every pod deleted in turn", async () => {
      for (const pod of namesOf(before)) await replace(pod);
    });
    expectNothingLost(seen);
    await expectAsItShould(kubectl, NAME, "1.0.0");
    const after = await podsOf(kubectl, NAME);
    const uids = after.map(({ metadata }) => metadata?.uid);
    expect(before.filter(({ metadata }) => uids.includes(metadata?.uid))).toEqual([]);
    expect(restartsOf(after)).toBe(0);
  });

  it("Redis killed in its pod costs no request and no hit", async () => {
    const [pod] = await podsOf(kubectl, NAME, "redis");
    if (!pod) throw new Error("There is no Redis");
    const restarts = async () => restartsOf(await podsOf(kubectl, NAME, "redis"));
    const before = await restarts();
    const seen = await underLoad(kubectl, NAME, "Redis killed by SIGKILL in its pod", async () => {
      await killProcess(pod);
      await until("it is started again", async () => (await restarts()) === before + 1);
      await untilSettledAndGone(kubectl, NAME);
    });
    expectNothingLost(seen);
    await expectAsItShould(kubectl, NAME, "1.0.0");
    expect(namesOf(await podsOf(kubectl, NAME, "redis"))).toEqual(namesOf([pod]));
  });

  it("the counter's Service deleted costs no request and no hit", async () => {
    const uid = () => kubectl("get", "service", `${NAME}-counter`, "-o", "jsonpath={.metadata.uid}");
    const address = () => kubectl("get", "service", `${NAME}-counter`, "-o", "jsonpath={.spec.clusterIP}");
    const before = await uid();
    const addressBefore = await address();
    const seen = await underLoad(kubectl, NAME, "the counter's Service deleted", async () => {
      await kubectl("delete", "service", `${NAME}-counter`);
      await until("it is made anew", async () => (await uid()) !== before);
      expect(await address()).toBe(addressBefore);
      await untilSettledAndGone(kubectl, NAME);
    });
    expectNothingLost(seen);
    await expectAsItShould(kubectl, NAME, "1.0.0");
  });
});
