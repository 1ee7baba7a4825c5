import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { EXPORTER_PORTS } from "../../../operator/desired/exporters.ts";
import { ROTATE_PASSWORD } from "../../../operator/desired/names.ts";
import { podsOf, uidOf, untilAnew } from "../../support/aftermath.ts";
import { freshNamespace, testCluster } from "../../support/cluster.ts";
import { primaryOf, untilInSync } from "../../support/copies.ts";
import { getOnce } from "../../support/get.ts";
import {
  conditionOf,
  hitsOf,
  makeHitCounter,
  manifest,
  patchSpec,
  read,
  untilReady,
  urlOf,
} from "../../support/hitCounters.ts";
import type { Kubectl } from "../../support/kubectl.ts";
import { loadDebianImage } from "../../support/nodeImages.ts";
import { askOnNode } from "../../support/nodes.ts";
import { passwordsOf } from "../../support/redisCli.ts";
import { untilRotated } from "../../support/rotation.ts";
import { until } from "../../support/until.ts";
import { valkeyRecipe } from "../../support/valkeyImage.ts";

const NAME = "web";
const INITIAL_HITS = 41_230;
const PODS = [0, 1, 2].map((number) => `${NAME}-redis-${number}`);
let kubectl: Kubectl;
let redis: { replicas: number; image: string };
let url: string;
/** What was answered last. */
let hits = INITIAL_HITS;

beforeAll(async () => {
  const cluster = testCluster();
  kubectl = await freshNamespace(cluster.kubectl, "copies");
  redis = { replicas: 3, image: await loadDebianImage(valkeyRecipe) };
  const backup = { schedule: "@yearly" };
  const counter = { replicas: 1 };
  const more = { backup, counter, proxy: counter, monitoring: { enabled: true } };
  await makeHitCounter(kubectl, NAME, { initialHits: INITIAL_HITS, redis, ...more });
  await untilInSync(kubectl, NAME);
  url = await urlOf(kubectl, NAME);
}, 3_600_000);

afterAll(async () => {
  await kubectl?.("delete", "namespace", "copies", "--wait=false");
});

/** Visits once, and expects the next number. */
async function visit(): Promise<void> {
  const { status, body } = await getOnce(`${url}/`);
  hits += 1;
  expect([status, body]).toEqual([200, expect.stringContaining(` ${hits} times`)]);
}

/** Deletes the pods with these volumes, and waits until there are others. */
async function lose(...pods: string[]): Promise<void> {
  const before = await Promise.all(pods.map((pod) => uidOf(kubectl, `pvc/data-${pod}`)));
  await kubectl("delete", "--wait=false", ...pods.map((pod) => `pvc/data-${pod}`));
  await kubectl("delete", "--grace-period=1", ...pods.map((pod) => `pod/${pod}`));
  await Promise.all(pods.map((pod, index) => untilAnew(kubectl, `pvc/data-${pod}`, before[index] ?? "")));
}

const claims = async () =>
  (await kubectl("get", "pvc", "-o", "name")).split("\n").filter((name) => name.includes("/data-"));

describe("three copies of Valkey", () => {
  it("begin at initialHits", visit);

  it("are backed up", async () => {
    await kubectl("create", "job", `--from=cronjob/${NAME}-backup`, "first");
    await kubectl("wait", "--for=condition=complete", "--timeout=180s", "job/first");
    expect(await kubectl("logs", "job/first")).toContain(`Backed up ${hits} hits`);
    await visit();
  });

  it("tell their exporter how they are", async () => {
    const [exporter] = await podsOf(kubectl, NAME, "exporter");
    if (exporter === undefined) throw new Error("There is no exporter");
    const told = await until("one is up", async () => {
      const metrics = await askOnNode(exporter, EXPORTER_PORTS.exporter, "/metrics");
      return /^redis_up 1$/m.test(metrics) && metrics;
    });
    expect(told).toMatch(/^redis_instance_info\{.*role="(master|slave)"/m);
  });

  it("get other passwords, and by these one follows that has lost its volume", async () => {
    const before = await passwordsOf(kubectl, NAME);
    await kubectl("annotate", "hitcounter", NAME, `${ROTATE_PASSWORD}=1`);
    await untilRotated(kubectl, NAME, before);
    const { pod } = await primaryOf(kubectl, NAME);
    await lose(PODS.find((each) => each !== pod) ?? "");
    await untilInSync(kubectl, NAME);
    await visit();
  });

  it("go on without their primary while they are paused, and are not replaced", async () => {
    await patchSpec(kubectl, NAME, { paused: true, redis: { resources: { limits: { memory: "300Mi" } } } });
    const { pod } = await primaryOf(kubectl, NAME);
    const others = () =>
      Promise.all(PODS.filter((each) => each !== pod).map((each) => uidOf(kubectl, `pod/${each}`)));
    const before = await others();
    await kubectl("delete", "pod", pod, "--grace-period=1");
    await until("another leads", async () => (await primaryOf(kubectl, NAME)).pod !== pod);
    await visit();
    expect(await others()).toEqual(before);
    await patchSpec(kubectl, NAME, { paused: false, redis: { resources: null } });
    await untilInSync(kubectl, NAME);
  });

  it("wait for a person where two have lost their data, and count on from what the third has", async () => {
    const { pod } = await primaryOf(kubectl, NAME);
    await lose(pod, PODS.find((each) => each !== pod) ?? "");
    const message = await until("it is told", async () => {
      const told = await conditionOf(kubectl, NAME, "RedisReplicated");
      return told?.reason === "DataLost" && told.message;
    });
    expect((await read(kubectl, NAME)).status?.hits).toBe(hits);
    const [, command = ""] = /with: kubectl (.*)$/.exec(message) ?? [];
    await kubectl(...command.split(" "));
    await untilInSync(kubectl, NAME);
    await visit();
  });

  it("leave their volumes to one of the same name that has three too, and to no other", async () => {
    await kubectl("delete", "hitcounter", NAME);
    expect(await claims()).toHaveLength(3);
    await kubectl.apply(manifest(NAME, { redis: { image: redis.image } }));
    const told = await until("it is refused", async () => {
      const degraded = await conditionOf(kubectl, NAME, "Degraded");
      return degraded?.status === "True" && degraded.message;
    });
    expect(told).toContain(`data-${NAME}-redis-1`);
    await patchSpec(kubectl, NAME, { redis: { replicas: 3 } });
    await untilReady(kubectl, NAME);
    url = await urlOf(kubectl, NAME);
    expect(await hitsOf(url)).toBe(hits);
    await visit();
  });

  it("take their volumes along where that is wanted", async () => {
    await patchSpec(kubectl, NAME, { deletionPolicy: "Delete" });
    await untilInSync(kubectl, NAME);
    await kubectl("delete", "hitcounter", NAME);
    await until("the claims are gone", async () => (await claims()).length === 0);
  });
});
