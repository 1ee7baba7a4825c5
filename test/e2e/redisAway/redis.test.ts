import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  deleteUntilAnew,
  expectAsItShould,
  identityOf,
  namesOf,
  podsOf,
  restartsOf,
  uidOf,
  untilSettledAndGone,
} from "../../support/aftermath.ts";
import { freshNamespace, installedOperator, testCluster } from "../../support/cluster.ts";
import { makeHitCounter } from "../../support/hitCounters.ts";
import type { Kubectl } from "../../support/kubectl.ts";
import { tagInNodes } from "../../support/nodeImages.ts";
import { killProcess } from "../../support/nodes.ts";
import { type Change, expectReplaced, other } from "../../support/replaced.ts";
import { expectUnnoticed } from "../../support/unnoticed.ts";
import { until } from "../../support/until.ts";

const NAME = "web";
const VERSION = "1.0.0";
const REDIS = `${NAME}-redis`;
const KILLS = 5;
const NEXT_REDIS = "localhost/hitcounter-test/redis:next";
let kubectl: Kubectl;

beforeAll(async () => {
  const cluster = testCluster();
  kubectl = await freshNamespace(cluster.kubectl, "redis-away");
  const { REDIS_IMAGE: redis = "" } = (await installedOperator(cluster.kubectl)).env;
  await tagInNodes(redis, NEXT_REDIS);
  await makeHitCounter(kubectl, NAME, { pages: { max: 2 }, deletionPolicy: "Delete" });
}, 3_600_000);

afterAll(async () => {
  await kubectl?.("delete", "namespace", "redis-away", "--ignore-not-found", "--wait=false");
});

/** Does something under load, and expects that no visitor noticed. */
async function unnoticed(what: string, change: () => Promise<unknown>): Promise<void> {
  await expectUnnoticed(kubectl, NAME, what, change);
  await expectAsItShould(kubectl, NAME, VERSION);
}

describe("under 200 requests a second", () => {
  it("deleting every pod, one by one, costs no request and no hit", async () => {
    const before = await podsOf(kubectl, NAME);
    expect(before).toHaveLength(5);
    await unnoticed("every pod deleted in turn", async () => {
      for (const pod of namesOf(await podsOf(kubectl, NAME))) {
        await kubectl("delete", "pod", pod);
        await untilSettledAndGone(kubectl, NAME);
      }
    });
    const after = await podsOf(kubectl, NAME);
    const uids = new Set(after.map(({ metadata }) => metadata?.uid));
    expect(before.filter(({ metadata }) => uids.has(metadata?.uid))).toEqual([]);
    expect(restartsOf(after)).toBe(0);
  });

  it.each([
    // What Redis may lose, counters must know: both ways.
    [
      "an upgrade of Redis's image, and another durability",
      ({ redis: { image, durability } }) => ({
        redis: {
          image: other(image, NEXT_REDIS, null),
          durability: other(durability, "everysec", "always"),
        },
      }),
      ["counter", "redis"],
    ],
    [
      "a change of Redis's settings, and of its durability again",
      ({ redis: { resources, durability } }) => ({
        redis: {
          resources: { limits: { memory: other(resources?.limits?.memory, "260Mi", "270Mi") } },
          durability: other(durability, "always", "everysec"),
        },
      }),
      ["counter", "redis"],
    ],
  ] as Change[])("%s costs no request and no hit", async (...change) => {
    await expectReplaced(kubectl, NAME, change);
  });

  it(`the pod of Redis killed ${KILLS} times costs no request and no hit`, async () => {
    await unnoticed(`the pod of Redis killed ${KILLS} times`, async () => {
      for (let round = 0; round < KILLS; round += 1) {
        await kubectl("delete", "pod", `${REDIS}-0`, "--grace-period=1");
        await untilSettledAndGone(kubectl, NAME);
      }
    });
  });

  it("the StatefulSet deleted takes no data along, although the HitCounter would", async () => {
    const claim = () => uidOf(kubectl, `pvc/data-${REDIS}-0`);
    const before = await claim();
    await unnoticed("the StatefulSet of Redis deleted", () =>
      deleteUntilAnew(kubectl, `statefulset/${REDIS}`),
    );
    expect(await claim()).toBe(before);
  });

  it("Redis killed in its pod costs no request and no hit", async () => {
    const [pod] = await podsOf(kubectl, NAME, "redis");
    if (!pod) throw new Error("There is no Redis");
    const now = async () => identityOf(await podsOf(kubectl, NAME));
    const { uids, restarts } = await now();
    await unnoticed("Redis killed by SIGKILL in its pod", async () => {
      await killProcess(pod);
      await until("it is started again", async () => (await now()).restarts === restarts + 1);
    });
    expect((await now()).uids).toEqual(uids);
  });
});
