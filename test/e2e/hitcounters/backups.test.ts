import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { V1CronJob, V1PersistentVolumeClaim, V1Secret } from "@kubernetes/client-node";
import { untilSettledAndGone } from "../../support/aftermath.ts";
import { freshNamespace, testCluster } from "../../support/cluster.ts";
import { tell } from "../../support/findings.ts";
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
import { expectNothingLost, underLoad } from "../../support/underLoad.ts";
import { until } from "../../support/until.ts";

const NAME = "web";
const INITIAL_HITS = 41_230;
/** Requests a second, as other HitCounters are tried beside this one. */
const RATE = 50;
const backup = { schedule: "@yearly" };
let kubectl: Kubectl;

beforeAll(async () => {
  kubectl = await freshNamespace(testCluster().kubectl, "backups");
  await makeHitCounter(kubectl, NAME, {
    initialHits: INITIAL_HITS,
    pages: { max: 10 },
    backup,
    deletionPolicy: "Delete",
  });
}, 3_600_000);

afterAll(async () => {
  await kubectl?.("delete", "namespace", "backups", "--wait=false");
});

const cronJob = () => kubectl.json<V1CronJob>("get", "cronjob", `${NAME}-backup`);

/** Does something in a pod that sees the claim of the backups as the backups do. */
async function inClaim(name: string, script: string): Promise<void> {
  const { spec } = await cronJob();
  const { spec: pod } = spec?.jobTemplate.spec?.template ?? {};
  const containers = pod?.containers.map((each) => ({
    ...each,
    command: ["sh", "-ec", `cd /backup; ${script}`],
  }));
  await kubectl.apply({ apiVersion: "v1", kind: "Pod", metadata: { name }, spec: { ...pod, containers } });
  await kubectl("wait", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=120s", `pod/${name}`);
}

const untilBelieved = (hits: number) =>
  until(`the count of ${hits} is kept`, async () => {
    const { data } = await kubectl.json<V1Secret>("get", "secret", `${NAME}-redis`);
    return Buffer.from(data?.["believed-count"] ?? "", "base64").toString() === String(hits);
  });

const untilTold = (name: string, type: string, wanted: RegExp) =>
  until(`${type} of ${name} says ${wanted}`, async () => {
    const { message = "" } = (await conditionOf(kubectl, name, type)) ?? {};
    if (wanted.test(message)) return message;
    throw new Error(message);
  });

describe("a backup", () => {
  let acknowledged = 0;
  let rows: Record<string, number> = {};

  it("under load costs no request, and the count began where it was to", async () => {
    const url = await urlOf(kubectl, NAME);
    expect((await getOnce(url)).body).toContain(` ${INITIAL_HITS + 1} times`);
    const backUp = async () => {
      acknowledged = await hitsOf(url);
      await kubectl("create", "job", `--from=cronjob/${NAME}-backup`, "first");
      await kubectl("wait", "--for=condition=complete", "--timeout=180s", "job/first");
    };
    const seen = await underLoad(kubectl, NAME, `backed up, at ${RATE} requests/s`, backUp, { rate: RATE });
    expectNothingLost(seen);
    rows = { acknowledged, at: await hitsOf(url) };
    expect(acknowledged).toBeGreaterThan(INITIAL_HITS);
    await until(
      "its success is told",
      async () => (await read(kubectl, NAME)).status?.backup?.lastSuccessfulTime,
    );
  }, 600_000);

  it("that fails is told with its last words, until one succeeds", async () => {
    await inClaim(
      "to-spoil",
      "cp *Z.rdb by-hand.rdb; head -c 100 by-hand.rdb >cut.rdb; echo hits=9 >foreign.rdb",
    );
    const { template } = (await cronJob()).spec?.jobTemplate.spec ?? {};
    const [container] = template?.spec?.containers ?? [];
    const command = container?.command?.map((word) => (word === `${NAME}-redis` ? "nowhere.invalid" : word));
    await kubectl.apply({
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "spoilt" },
      spec: {
        backoffLimit: 0,
        template: { ...template, spec: { ...template?.spec, containers: [{ ...container, command }] } },
      },
    });
    await untilTold(
      NAME,
      "Degraded",
      /^Backup: pod spoilt-.*: Error \(.*Could not connect to Redis at nowhere/,
    );
    await kubectl("delete", "job", "spoilt");
    await untilTold(NAME, "Degraded", /^Nothing is wrong/);
  }, 600_000);

  it("stays when the HitCounter goes with its volume, and another one begins from it, but from none that is damaged or foreign", async () => {
    await kubectl("delete", "hitcounter", NAME);
    await kubectl(
      "wait",
      "--for=delete",
      "--timeout=180s",
      `pvc/data-${NAME}-redis-0`,
      `pod/${NAME}-redis-0`,
    );
    const claim = await kubectl.json<V1PersistentVolumeClaim>("get", "pvc", `${NAME}-backup`);
    expect(claim.metadata?.deletionTimestamp).toBeUndefined();

    const restore = (name?: string) => ({ restore: { claimName: `${NAME}-backup`, backup: name ?? null } });
    await kubectl.apply(manifest("other", { restore: { claimName: "gone" } }));
    await untilTold("other", "Ready", /persistentvolumeclaim "gone" not found/);
    for (const [file, why] of [
      ["cut.rdb", "it is damaged"],
      ["foreign.rdb", "it is damaged, or none"],
    ] as const) {
      await patchSpec(kubectl, "other", restore(file));
      await untilTold("other", "Ready", new RegExp(`${file} is refused, and nothing was written: ${why}`));
    }
    await patchSpec(kubectl, "other", restore());
    await untilReady(kubectl, "other");
    const hits = await hitsOf(await urlOf(kubectl, "other"));
    tell(
      "backups",
      `backed up at ${rows.acknowledged} under load, which went on to ${rows.at}: restored ${hits}`,
    );
    expect(hits).toBeGreaterThanOrEqual(acknowledged);
    await untilTold("other", "Degraded", /spec\.restore can go/);
  }, 600_000);

  it("that is restored in place of a lost volume, when every counter is gone too, still lets a person decide on what is missing", async () => {
    await makeHitCounter(kubectl, NAME, { backup, restore: { claimName: `${NAME}-backup` } });
    const url = await urlOf(kubectl, NAME);
    const backedUp = await hitsOf(url);
    for (let hit = 0; hit < 3; hit += 1) await getOnce(url);
    await until("the count is told", async () => (await read(kubectl, NAME)).status?.hits === backedUp + 3);
    await untilBelieved(backedUp + 3);
    const began = performance.now();
    await kubectl("delete", "pvc", `data-${NAME}-redis-0`, "--wait=false");
    const parts = "app.kubernetes.io/component in (redis,counter)";
    await kubectl("delete", "pod", "--selector", parts, "--grace-period=1");
    const message = await untilTold(
      NAME,
      "Ready",
      new RegExp(`^The count was ${backedUp + 3} and now is ${backedUp}: `),
    );
    const told = performance.now();
    expect((await getOnce(url)).status).toBe(503);
    expect((await read(kubectl, NAME)).status?.hits).toBe(backedUp + 3);

    const [, command = ""] = /accept the loss with: kubectl (.*)$/.exec(message) ?? [];
    await kubectl(...command.split(" "));
    await untilSettledAndGone(kubectl, NAME);
    tell(
      "lost data",
      `told ${((told - began) / 1000).toFixed(0)} s after the pods were deleted, serving again ` +
        `${((performance.now() - told) / 1000).toFixed(0)} s after that`,
    );
    // Every counter counts again.
    for (let hit = 1; hit <= 10; hit += 1)
      expect((await getOnce(url)).body).toContain(` ${backedUp + hit} times`);
  }, 600_000);
});
