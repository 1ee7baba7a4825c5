import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { V1Deployment } from "@kubernetes/client-node";
import { expectAsItShould, namesOf, podsOf, restartsOf, untilSettledAndGone } from "../support/aftermath.ts";
import { freshNamespace, testCluster } from "../support/cluster.ts";
import { manifest, read, untilReady, untilSettled } from "../support/hitCounters.ts";
import type { Kubectl } from "../support/kubectl.ts";
import { makeVariant, tagInNodes } from "../support/nodeImages.ts";
import { sizeOf } from "../support/size.ts";
import { expectNothingLost, underLoad } from "../support/underLoad.ts";
import { until } from "../support/until.ts";

const NAME = "web";
const VERSIONS = ["1.1.0", "1.0.0"];
const bumps = sizeOf("BUMPS", { test: 10, soak: 100 });
let kubectl: Kubectl;
let system: Kubectl;
let images: Record<string, string>;
let operatorImage: string;

beforeAll(async () => {
  const cluster = await testCluster();
  system = cluster.kubectl.in("hitcounter-system");
  kubectl = await freshNamespace(cluster.kubectl, "upgrades");
  const { spec } = await system.json<V1Deployment>("get", "deployment", "hitcounter-operator");
  const container = spec?.template.spec?.containers[0];
  images = Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value ?? ""]));
  operatorImage = container?.image ?? "";
  await kubectl.apply(manifest(NAME));
  await untilReady(kubectl, NAME);
  await untilSettled(kubectl, NAME);
}, 3_600_000);

afterAll(async () => {
  await kubectl?.("delete", "namespace", "upgrades", "--wait=false");
});

const patch = async (spec: object) =>
  await kubectl("patch", "hitcounter", NAME, "--type", "merge", "-p", JSON.stringify({ spec }));
const change = async (spec: object) => {
  await patch(spec);
  await untilSettledAndGone(kubectl, NAME);
};
const versionNow = async () => (await read(kubectl, NAME)).spec.version;
const otherVersion = () => VERSIONS.find((version) => version !== lastVersion) ?? "";
let lastVersion = "1.0.0";

describe("under 200 requests a second", () => {
  it(`${bumps} version bumps cost no request and no hit`, async () => {
    const untouched = namesOf([
      ...(await podsOf(kubectl, NAME, "proxy")),
      ...(await podsOf(kubectl, NAME, "redis")),
    ]);
    const seen = await underLoad(kubectl, NAME, `${bumps} version bumps`, async () => {
      for (let bump = 0; bump < bumps; bump += 1) {
        lastVersion = otherVersion();
        await patch({ version: lastVersion });
        expect((await untilSettled(kubectl, NAME)).status?.version).toBe(lastVersion);
      }
      await untilSettledAndGone(kubectl, NAME);
    });
    expectNothingLost(seen);
    expect([...seen.versions.keys()].sort()).toEqual(["1.0.0", "1.1.0"]);
    await expectAsItShould(kubectl, NAME, lastVersion);
    const pods = [...(await podsOf(kubectl, NAME, "proxy")), ...(await podsOf(kubectl, NAME, "redis"))];
    expect(namesOf(pods)).toEqual(untouched);
    expect(restartsOf(await podsOf(kubectl, NAME))).toBe(0);
  }, 3_600_000);

  it.each([
    [
      "a change of the proxy's settings",
      () => ({ proxy: { resources: { limits: { memory: "130Mi" } } } }),
      ["proxy"],
    ],
    [
      "an upgrade of the proxy's image",
      () => ({ proxy: { image: "localhost/hitcounter-test/nginx:next" } }),
      ["proxy"],
    ],
    // What Redis may lose, counters must know.
    ["a change of Redis's durability", () => ({ redis: { durability: "everysec" } }), ["counter", "redis"]],
    [
      "an upgrade of Redis's image, and the durability back",
      () => ({ redis: { image: "localhost/hitcounter-test/redis:next", durability: "always" } }),
      ["counter", "redis"],
    ],
    [
      "a change of Redis's settings",
      () => ({ redis: { resources: { limits: { memory: "260Mi" } } } }),
      ["redis"],
    ],
  ] as [string, () => object, string[]][])("%s costs no request and no hit", async (what, spec, replaced) => {
    await tagInNodes(images.PROXY_IMAGE ?? "", "localhost/hitcounter-test/nginx:next");
    await tagInNodes(images.REDIS_IMAGE ?? "", "localhost/hitcounter-test/redis:next");
    const before = await podsOf(kubectl, NAME);
    const seen = await underLoad(kubectl, NAME, what, () => change(spec()));
    expectNothingLost(seen);
    await expectAsItShould(kubectl, NAME, await versionNow());
    const after = await podsOf(kubectl, NAME);
    const uid = new Set(after.map(({ metadata }) => metadata?.uid));
    const gone = before.filter(({ metadata }) => !uid.has(metadata?.uid));
    const parts = gone.map(({ metadata }) => metadata?.labels?.["app.kubernetes.io/component"]);
    expect([...new Set(parts)]).toEqual(replaced);
    expect(restartsOf(after)).toBe(0);
  });

  it("the pod of Redis killed 5 times costs no request and no hit", async () => {
    const seen = await underLoad(kubectl, NAME, "the pod of Redis killed 5 times", async () => {
      for (let round = 0; round < 5; round += 1) {
        await kubectl("delete", "pod", `${NAME}-redis-0`, "--grace-period=1");
        await untilSettledAndGone(kubectl, NAME);
      }
    });
    expectNothingLost(seen);
    await expectAsItShould(kubectl, NAME, await versionNow());
  });

  it("an operator killed in the middle of an upgrade costs no request and no hit", async () => {
    const selector = "app.kubernetes.io/name=hitcounter-operator";
    lastVersion = otherVersion();
    const seen = await underLoad(kubectl, NAME, "the operator's pods killed during an upgrade", async () => {
      await patch({ version: lastVersion });
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
      await system("rollout", "status", "deployment/hitcounter-operator", "--timeout=120s");
      await untilSettledAndGone(kubectl, NAME);
    });
    expectNothingLost(seen);
    await expectAsItShould(kubectl, NAME, lastVersion);
    expect(restartsOf(await podsOf(kubectl, NAME))).toBe(0);
  });

  it.each([
    [2, 6],
    [6, 2],
  ])("kubectl scale from %d counters to %d costs no request and no hit", async (from, to) => {
    const before = namesOf(await podsOf(kubectl, NAME));
    const seen = await underLoad(kubectl, NAME, `kubectl scale from ${from} counters to ${to}`, async () => {
      await kubectl("scale", `hitcounter/${NAME}`, `--replicas=${to}`);
      await untilSettledAndGone(kubectl, NAME);
    });
    expectNothingLost(seen);
    await expectAsItShould(kubectl, NAME, await versionNow());
    const after = await podsOf(kubectl, NAME);
    expect(after.length - before.length).toBe(to - from);
    const [fewer, more] = from < to ? [before, namesOf(after)] : [namesOf(after), before];
    expect(more).toEqual(expect.arrayContaining(fewer));
    expect(restartsOf(after)).toBe(0);
  });

  it("an upgrade of the operator that brings another nginx.conf costs no request and no hit", async () => {
    const next = "localhost/hitcounter-test/operator:next";
    const bundle = await readFile(join(import.meta.dirname, "../../dist/operator.js"), "utf8");
    const changed = bundle.replace("worker_connections 4096;", "worker_connections 4095;");
    expect(changed).not.toBe(bundle);
    await makeVariant(operatorImage, next, { files: { "/app/operator.js": changed } });
    const others = async () =>
      namesOf([...(await podsOf(kubectl, NAME, "counter")), ...(await podsOf(kubectl, NAME, "redis"))]);
    const before = await others();
    const upgrade = async (image: string, connections: number) => {
      await system("set", "image", "deployment/hitcounter-operator", `operator=${image}`);
      await system("rollout", "status", "deployment/hitcounter-operator", "--timeout=120s");
      await until("the proxies' configuration is another", async () =>
        (await kubectl("get", "configmap", `${NAME}-proxy`, "-o", "yaml")).includes(
          `worker_connections ${connections};`,
        ),
      );
      await untilSettledAndGone(kubectl, NAME);
    };
    try {
      const what = "an operator with another nginx.conf, there and back";
      const proxies = namesOf(await podsOf(kubectl, NAME, "proxy"));
      const seen = await underLoad(kubectl, NAME, what, async () => {
        await upgrade(next, 4095);
        expect(proxies).not.toEqual(expect.arrayContaining(namesOf(await podsOf(kubectl, NAME, "proxy"))));
        await upgrade(operatorImage, 4096);
      });
      expectNothingLost(seen);
    } finally {
      await system("set", "image", "deployment/hitcounter-operator", `operator=${operatorImage}`);
    }
    await expectAsItShould(kubectl, NAME, await versionNow());
    expect(await others()).toEqual(before);
  });
});
