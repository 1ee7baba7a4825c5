import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { V1Secret, V1StorageClass } from "@kubernetes/client-node";
import {
  deleteUntilAnew,
  expectAsItShould,
  identityOf,
  namesOf,
  podsOf,
  uidOf,
  untilAnew,
  untilSettledAndGone,
} from "../../support/aftermath.ts";
import { freshNamespace, testCluster } from "../../support/cluster.ts";
import { getOnce } from "../../support/get.ts";
import { conditionOf, makeHitCounter, patchSpec, read, urlOf } from "../../support/hitCounters.ts";
import type { Kubectl } from "../../support/kubectl.ts";
import { expectUnnoticed } from "../../support/unnoticed.ts";
import { until } from "../../support/until.ts";

const NAME = "web";
const REDIS = `${NAME}-redis`;
const STATEFUL_SET = `statefulset/${REDIS}`;
const CLAIM = `pvc/data-${REDIS}-0`;
/** A class of the test's own, like the cluster's, whose volumes can't grow at first. */
const CLASS = "hitcounter-test-sizes";
let cluster: Kubectl;
let kubectl: Kubectl;

beforeAll(async () => {
  cluster = testCluster().kubectl;
  const { provisioner, volumeBindingMode, reclaimPolicy } = await cluster.json<V1StorageClass>(
    ...["get", "storageclass", "standard"],
  );
  await cluster("delete", "storageclass", CLASS, "--ignore-not-found");
  await cluster.apply({
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name: CLASS },
    ...{ provisioner, volumeBindingMode, reclaimPolicy },
  });
  kubectl = await freshNamespace(cluster, "disturbances");
  await makeHitCounter(kubectl, NAME, {
    redis: { storage: { size: "1Gi", storageClassName: CLASS } },
  });
}, 3_600_000);

afterAll(async () => {
  await cluster?.("delete", "namespace", "disturbances", "--ignore-not-found", "--wait=false");
  await cluster?.("delete", "storageclass", CLASS, "--ignore-not-found");
});

const told = (type: string) => conditionOf(kubectl, NAME, type);
const secretNow = () => kubectl.json<V1Secret>("get", "secret", REDIS);
const podsNow = async () => identityOf(await podsOf(kubectl, NAME));
/** Does something under load, and expects that no visitor noticed. */
const unnoticed = (what: string, change: () => Promise<unknown>) =>
  expectUnnoticed(kubectl, NAME, what, change);

describe("under 200 requests a second", () => {
  it("the counter's Service deleted costs no request and no hit, as it gets its address back", async () => {
    const address = () => kubectl("get", "service", `${NAME}-counter`, "-o", "jsonpath={.spec.clusterIP}");
    const before = await address();
    await unnoticed("the counter's Service deleted", async () => {
      await deleteUntilAnew(kubectl, `service/${NAME}-counter`);
      expect(await address()).toBe(before);
    });
    await expectAsItShould(kubectl, NAME, "1.0.0");
  });

  it("another size of the volume makes the StatefulSet anew over its pod, which runs on", async () => {
    const before = await podsNow();
    const uid = await uidOf(kubectl, STATEFUL_SET);
    await unnoticed("another size of the volume", async () => {
      await patchSpec(kubectl, NAME, { redis: { storage: { size: "2Gi" } } });
      await untilAnew(kubectl, STATEFUL_SET, uid);
      await until("it is told", async () => (await told("Degraded"))?.reason === "VolumeNotAsWanted");
    });
    expect((await told("Degraded"))?.message).toMatch(/storageclass .* must support resize/);
    const size = "jsonpath={.spec.volumeClaimTemplates[0].spec.resources.requests.storage}";
    expect(await kubectl("get", STATEFUL_SET, "-o", size)).toBe("2Gi");
    expect(await podsNow()).toEqual(before);

    // It grows once its class lets it, without a change of spec. What makes volumes here makes none larger.
    await cluster("patch", "storageclass", CLASS, "-p", JSON.stringify({ allowVolumeExpansion: true }));
    await until("it grows", async () => (await told("Progressing"))?.reason === "VolumeResizing");
    const status = JSON.stringify({ status: { capacity: { storage: "2Gi" } } });
    await kubectl("patch", CLAIM, "--subresource=status", "-p", status);
    await expectAsItShould(kubectl, NAME, "1.0.0");
    expect((await read(kubectl, NAME)).status?.storage).toEqual({ size: "2Gi", storageClassName: CLASS });
  });

  it("another password in the Secret of Redis, or none, costs no request, no hit and no pod", async () => {
    const before = await podsNow();
    const { data } = await secretNow();
    await unnoticed("the Secret of Redis changed, then deleted", async () => {
      const other = { password: "changed-by-a-person", "auth.conf": "requirepass changed-by-a-person\n" };
      await kubectl("patch", "secret", REDIS, "-p", JSON.stringify({ stringData: other }));
      await until("it is put back", async () => (await secretNow()).data?.password === data?.password);
      await deleteUntilAnew(kubectl, `secret/${REDIS}`);
    });
    const { data: after } = await secretNow();
    expect([after?.password, after?.["auth.conf"]]).toEqual([data?.password, data?.["auth.conf"]]);
    expect(await podsNow()).toEqual(before);
  });

  it("NetworkPolicies turned off, then on, and pods replaced behind them cost no request and no hit", async () => {
    const policies = () => kubectl("get", "networkpolicies", "-o", "name");
    const all = await policies();
    expect(all.split("\n")).toContain(`networkpolicy.networking.k8s.io/${REDIS}`);
    const walls = (enabled: boolean) => patchSpec(kubectl, NAME, { networkPolicy: { enabled } });
    await unnoticed("NetworkPolicies turned off, then on, and pods replaced", async () => {
      const before = await podsNow();
      await walls(false);
      await until("they are gone", async () => (await policies()) === "");
      await walls(true);
      await until("they are there", async () => (await policies()) === all);
      await untilSettledAndGone(kubectl, NAME);
      expect(await podsNow()).toEqual(before);
      // What was connected before stays so whatever a policy says: these connect anew.
      const parts = await Promise.all(["counter", "proxy"].map((part) => podsOf(kubectl, NAME, part)));
      await kubectl("delete", "pod", ...parts.map((pods) => namesOf(pods)[0] ?? ""));
    });
    await expectAsItShould(kubectl, NAME, "1.0.0");
  });

  it("a paused rollout goes on to the next version, and `/` answers its message byte for byte", async () => {
    const message =
      "{hits} for $$5: $(REDIS_HOST) $$(REDIS_HOST) \\n \"'`\n\ttäglich ☃ 𝟙 \u0001\u001b\u007f\u0085\u2028\ufeff  ";
    await unnoticed("a paused rollout, and another version and message", async () => {
      await kubectl("rollout", "pause", `deployment/${NAME}-counter`);
      await patchSpec(kubectl, NAME, { version: "1.1.0", message });
      await until("it has arrived", async () => (await read(kubectl, NAME)).status?.version === "1.1.0");
    });
    await expectAsItShould(kubectl, NAME, "1.1.0");
    const { body, version } = await getOnce(await urlOf(kubectl, NAME));
    expect(body).toBe(`${message.replace("{hits}", /\d+/.exec(body)?.[0] ?? "")}\n`);
    expect(version).toBe("1.1.0");
  });
});
