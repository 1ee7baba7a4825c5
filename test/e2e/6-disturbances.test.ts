import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { expectAsItShould, namesOf, podsOf, restartsOf, untilSettledAndGone } from "../support/aftermath.ts";
import { freshNamespace, testCluster } from "../support/cluster.ts";
import { manifest, untilReady, untilSettled } from "../support/hitCounters.ts";
import type { Kubectl } from "../support/kubectl.ts";
import { expectNothingLost, underLoad } from "../support/underLoad.ts";

const NAME = "web";
let cluster: Kubectl;
let kubectl: Kubectl;

beforeAll(async () => {
  cluster = (await testCluster()).kubectl;
  kubectl = await freshNamespace(cluster, "disturbances");
  await kubectl.apply(manifest(NAME));
  await untilReady(kubectl, NAME);
  await untilSettled(kubectl, NAME);
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
  it("deleting every pod of the counter and the proxy, one by one, costs no request and no hit", async () => {
    const pods = namesOf([
      ...(await podsOf(kubectl, NAME, "counter")),
      ...(await podsOf(kubectl, NAME, "proxy")),
    ]);
    expect(pods).toHaveLength(4);
    const seen = await underLoad(
      kubectl,
      NAME,
      "every pod of counter and proxy deleted in turn",
      async () => {
        for (const pod of pods) await replace(pod);
      },
    );
    expectNothingLost(seen);
    await expectAsItShould(kubectl, NAME, "1.0.0");
    const after = await podsOf(kubectl, NAME);
    expect(namesOf(after)).not.toEqual(expect.arrayContaining([pods[0]]));
    expect(restartsOf(after)).toBe(0);
  });
});
