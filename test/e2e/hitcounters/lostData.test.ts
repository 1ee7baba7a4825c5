import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { V1Secret } from "@kubernetes/client-node";
import { untilSettledAndGone } from "../../support/aftermath.ts";
import { freshNamespace, testCluster } from "../../support/cluster.ts";
import { tell } from "../../support/findings.ts";
import { getOnce } from "../../support/get.ts";
import { conditionOf, hitsOf, manifest, read, untilReady, urlOf } from "../../support/hitCounters.ts";
import type { Kubectl } from "../../support/kubectl.ts";
import { redisCli } from "../../support/redisCli.ts";
import { until } from "../../support/until.ts";

const NAME = "web";
let kubectl: Kubectl;
let url: string;

beforeAll(async () => {
  const cluster = testCluster();
  kubectl = await freshNamespace(cluster.kubectl, "lost-data");
  await kubectl.apply(manifest(NAME));
  await untilReady(kubectl, NAME);
  url = await urlOf(kubectl, NAME);
}, 3_600_000);

afterAll(async () => {
  await kubectl?.("delete", "namespace", "lost-data", "--wait=false");
});

const untilBelieved = (hits: number) =>
  until(`the count of ${hits} is kept`, async () => {
    const { data } = await kubectl.json<V1Secret>("get", "secret", `${NAME}-redis`);
    return Buffer.from(data?.["believed-count"] ?? "", "base64").toString() === String(hits);
  });

describe("a Redis that is made anew with every counter, and has lost", () => {
  it("all of its data, counts nothing until a person accepts the loss", async () => {
    const hits = 7;
    while ((await hitsOf(url)) < hits) await getOnce(url);
    await untilBelieved(hits);
    await kubectl("exec", `${NAME}-redis-0`, "--", "rm", "-r", "/data/appendonlydir");
    const began = performance.now();
    const parts = "app.kubernetes.io/component in (redis,counter)";
    await kubectl("delete", "pod", "--selector", parts, "--grace-period=1");
    const { message = "" } = await until("it is told", async () => {
      const ready = await conditionOf(kubectl, NAME, "Ready");
      return ready?.reason === "CountWentBack" && ready;
    });
    const told = performance.now();
    expect(message).toMatch(/^The count was 7 and now is 0: /);
    expect((await getOnce(url)).status).toBe(503);
    expect((await read(kubectl, NAME)).status?.hits).toBe(hits);

    const [, command = ""] = /accept the loss with: kubectl (.*)$/.exec(message) ?? [];
    await kubectl(...command.split(" "));
    await untilSettledAndGone(kubectl, NAME);
    tell(
      "lost data",
      `told ${((told - began) / 1000).toFixed(0)} s after the pods were deleted, serving again ` +
        `${((performance.now() - told) / 1000).toFixed(0)} s after that`,
    );
    // Every counter counts again, from 0.
    for (let hit = 1; hit <= 10; hit += 1) expect((await getOnce(url)).body).toContain(` ${hit} times`);
    // As it was for the next.
    await redisCli(kubectl, NAME, ["set", "hits", "0"]);
  }, 600_000);
});
