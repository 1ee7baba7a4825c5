import { afterAll, beforeAll, describe, it } from "@jest/globals";
import { deleteUntilAnew } from "../../support/aftermath.ts";
import { freshNamespace, testCluster } from "../../support/cluster.ts";
import { getOnce } from "../../support/get.ts";
import { hitsOf, makeHitCounter, untilSettled, urlOf } from "../../support/hitCounters.ts";
import type { Kubectl } from "../../support/kubectl.ts";
import { until } from "../../support/until.ts";

const NAME = "web";
let kubectl: Kubectl;
let url: string;

beforeAll(async () => {
  kubectl = await freshNamespace(testCluster().kubectl, "children");
  await makeHitCounter(kubectl, NAME);
  url = await urlOf(kubectl, NAME);
  await getOnce(`${url}/`);
}, 3_600_000);

afterAll(async () => {
  await kubectl?.("delete", "namespace", "children", "--ignore-not-found", "--wait=false");
});

describe("a child that is deleted", () => {
  it.each([
    "pod/web-redis-0",
    "deployment/web-counter",
    "deployment/web-proxy",
    "configmap/web-proxy",
    "service/web-redis",
    "service/web-proxy",
  ])("(%s) comes back, and the count goes on", async (child) => {
    const before = await hitsOf(url);
    await deleteUntilAnew(kubectl, child);
    await untilSettled(kubectl, NAME);
    // Of a Service that is another by now, the status may still tell the address: somebody else may have it.
    await until("it counts on", async () => {
      url = await urlOf(kubectl, NAME);
      const { status, body } = await getOnce(`${url}/`);
      const hits = await hitsOf(url);
      return status === 200 && body === `Holla! we have hit ${hits} times\n` && hits > before;
    });
  });
});
