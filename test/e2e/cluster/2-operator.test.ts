import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { NAMESPACE } from "../../../cluster/deploy.ts";
import { bundle } from "../../../tools/bundle.ts";
import {
  expectAsItShould,
  namesOf,
  podsOf,
  restartsOf,
  untilSettledAndGone,
} from "../../support/aftermath.ts";
import { freshNamespace, installedOperator, testCluster } from "../../support/cluster.ts";
import { conditionOf, makeHitCounter, patchSpec, read } from "../../support/hitCounters.ts";
import type { Kubectl } from "../../support/kubectl.ts";
import { makeVariant } from "../../support/nodeImages.ts";
import { expectNothingLost, underLoad } from "../../support/underLoad.ts";
import { until } from "../../support/until.ts";

const NAME = "web";
let kubectl: Kubectl;
let system: Kubectl;
let operatorImage: string;
let readySince: string | undefined;

beforeAll(async () => {
  const cluster = testCluster();
  system = cluster.kubectl.in(NAMESPACE);
  kubectl = await freshNamespace(cluster.kubectl, "operator");
  operatorImage = (await installedOperator(cluster.kubectl)).image;
  await makeHitCounter(kubectl, NAME);
  readySince = (await conditionOf(kubectl, NAME, "Ready"))?.lastTransitionTime;
}, 3_600_000);

afterAll(async () => {
  await kubectl?.("delete", "namespace", "operator", "--wait=false");
});

/** Whoever leads, visitors are served, and so it must be told without a break since it first was. */
const expectReadyThroughout = async () => {
  const ready = await conditionOf(kubectl, NAME, "Ready");
  expect([ready?.status, ready?.lastTransitionTime]).toEqual(["True", readySince]);
};

describe("under 200 requests a second", () => {
  it("an operator killed in the middle of an upgrade costs no request and no hit", async () => {
    const selector = "app.kubernetes.io/name=hitcounter-operator";
    const seen = await underLoad(kubectl, NAME, "the operator's pods killed during an upgrade", async () => {
      await patchSpec(kubectl, NAME, { version: "1.1.0" });
      await until(
        "the upgrade is under way",
        async () => {
          const progress = (await read(kubectl, NAME)).status?.conditions?.find(
            ({ type }) => type === "Progressing",
          );
          return progress?.status === "True";
        },
        { everyMs: 50 },
      );
      await system("delete", "pods", "-l", selector, "--grace-period=0", "--force");
      await system("rollout", "status", "deployment/hitcounter-operator", "--timeout=240s");
      await untilSettledAndGone(kubectl, NAME);
    });
    expectNothingLost(seen);
    await expectAsItShould(kubectl, NAME, "1.1.0");
    await expectReadyThroughout();
    expect(restartsOf(await podsOf(kubectl, NAME))).toBe(0);
  });

  it("an upgrade of the operator that brings another nginx.conf costs no request and no hit", async () => {
    const next = "localhost/hitcounter-test/operator:next";
    await bundle(["operator"]);
    const program = await readFile(join(import.meta.dirname, "../../../dist/operator.js"), "utf8");
    const changed = program.replace("keepalive_timeout 75s;", "keepalive_timeout 76s;");
    expect(changed).not.toBe(program);
    await makeVariant(operatorImage, next, { files: { "/app/operator.js": changed } });
    const others = async () =>
      namesOf([...(await podsOf(kubectl, NAME, "counter")), ...(await podsOf(kubectl, NAME, "redis"))]);
    const before = await others();
    const proxyDeployment = `deployment/${NAME}-proxy`;
    const generation = () => kubectl("get", proxyDeployment, "-o", "jsonpath={.metadata.generation}");
    const upgrade = async (image: string, seconds: number) => {
      const former = await generation();
      await system("set", "image", "deployment/hitcounter-operator", `operator=${image}`);
      await system("rollout", "status", "deployment/hitcounter-operator", "--timeout=240s");
      await until("the proxies' configuration is another", async () =>
        (await kubectl("get", "configmap", `${NAME}-proxy`, "-o", "yaml")).includes(
          `keepalive_timeout ${seconds}s;`,
        ),
      );
      // No status tells of that yet: the HitCounter is as it was.
      await until("the proxies are to be others", async () => (await generation()) !== former);
      await kubectl("rollout", "status", proxyDeployment, "--timeout=240s");
      await untilSettledAndGone(kubectl, NAME);
    };
    try {
      const what = "an operator with another nginx.conf, there and back";
      const proxies = namesOf(await podsOf(kubectl, NAME, "proxy"));
      const seen = await underLoad(kubectl, NAME, what, async () => {
        await upgrade(next, 76);
        expect(proxies).not.toEqual(expect.arrayContaining(namesOf(await podsOf(kubectl, NAME, "proxy"))));
        await upgrade(operatorImage, 75);
      });
      expectNothingLost(seen);
    } finally {
      await system("set", "image", "deployment/hitcounter-operator", `operator=${operatorImage}`);
    }
    await expectAsItShould(kubectl, NAME, "1.1.0");
    await expectReadyThroughout();
    expect(await others()).toEqual(before);
  });
});
