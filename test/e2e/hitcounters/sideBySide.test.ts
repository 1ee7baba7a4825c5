import { afterAll, beforeAll, describe, expect } from "@jest/globals";
import { expectAsItShould, namesOf, podsOf, restartsOf } from "../../support/aftermath.ts";
import { freshNamespace, testCluster } from "../../support/cluster.ts";
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
import { killProcess } from "../../support/nodes.ts";
import { sendRaw } from "../../support/rawRequests.ts";
import { sideBySide } from "../../support/sideBySide.ts";
import { expectNothingLost, underLoad } from "../../support/underLoad.ts";
import { until } from "../../support/until.ts";

const small = { counter: { replicas: 1 }, proxy: { replicas: 1 } };
/** Requests of a few, who are to be seen to be served while others wait. */
const FEW = { rate: 20, keptAlive: 2 };
/** The least there is: what a version waits for outlasts it. */
const SHORT_DEADLINE_SECONDS = 10;
/** More than pods take to start on any machine. */
const LONG_DEADLINE_SECONDS = 600;
const namespaces = ["one", "other", "full"];
let one: Kubectl;
let other: Kubectl;
/** A namespace with room for as many pods as one small HitCounter has. */
let full: Kubectl;

const quota = (pods: number) => ({
  apiVersion: "v1",
  kind: "ResourceQuota",
  metadata: { name: "pods" },
  spec: { hard: { pods: `${pods}` } },
});
const atMost = (storage: string) => ({
  apiVersion: "v1",
  kind: "LimitRange",
  metadata: { name: "claims" },
  spec: { limits: [{ type: "PersistentVolumeClaim", max: { storage } }] },
});

beforeAll(async () => {
  const { kubectl } = testCluster();
  const made = await Promise.all(namespaces.map((name) => freshNamespace(kubectl, name)));
  [one, other, full] = made as [Kubectl, Kubectl, Kubectl];
  await one.apply(atMost("2Gi"));
  await full.apply(quota(3));
}, 3_600_000);

afterAll(async () => {
  await one?.("delete", "namespace", ...namespaces, "--ignore-not-found", "--wait=false");
});

/** Waits until a HitCounter is told to be ill for this reason, in such words, and returns what is told. */
const untilTold = async (kubectl: Kubectl, name: string, reason: string, words: RegExp): Promise<string> =>
  await until(`${name} is told to be ${reason}: ${words}`, async () => {
    const degraded = await conditionOf(kubectl, name, "Degraded");
    return degraded?.reason === reason && words.test(degraded.message) && degraded.message;
  });

/** What keeps the pods of a new version away, what is told of it, and how it is mended. */
interface Hindrance {
  change?: object;
  reason: string;
  words: RegExp;
  mend: () => Promise<unknown>;
}

/** Bumps the version, sees that what keeps it away is told and waited for, and that it rolls once that is mended. */
const rollsAtLast = async (kubectl: Kubectl, name: string, { change, reason, words, mend }: Hindrance) => {
  await makeHitCounter(kubectl, name, { ...small, upgrade: { deadlineSeconds: SHORT_DEADLINE_SECONDS } });
  const before = namesOf(await podsOf(kubectl, name));
  const what = `another version, whose pods are ${reason} at first`;
  const roll = async () => {
    await patchSpec(kubectl, name, { version: "1.1.0", ...change });
    await untilTold(kubectl, name, reason, words);
    // For less a version would be blamed.
    await kubectl("wait", "--for=condition=Progressing=false", `deployment/${name}-counter`, "--timeout=60s");
    await untilTold(kubectl, name, reason, words);
    expect((await conditionOf(kubectl, name, "RolledBack"))?.status).toBe("False");
    await untilReady(kubectl, name);
    expect(namesOf(await podsOf(kubectl, name))).toEqual(expect.arrayContaining(before));
    // It has waited for longer than the deadline; how long its pods may take from now on is the machine's to say.
    await patchSpec(kubectl, name, { upgrade: { deadlineSeconds: LONG_DEADLINE_SECONDS } });
    await mend();
    await expectAsItShould(kubectl, name, "1.1.0");
  };
  const seen = await underLoad(kubectl, name, what, roll, FEW);
  expectNothingLost(seen);
  expect([...seen.versions.keys()].sort()).toEqual(["1.0.0", "1.1.0"]);
};

describe("side by side:", () => {
  sideBySide({
    "two HitCounters in one namespace and one in another count, each its own": async () => {
      const all: [Kubectl, string, string, number][] = [
        [one, "left", "left", 1],
        [one, "right", "right", 2],
        [other, "left", "other", 3],
      ];
      for (const [kubectl, name, word] of all) {
        await kubectl.apply(manifest(name, { ...small, message: `${word} {hits}` }));
      }
      for (const [kubectl, name, word, visits] of all) {
        await untilReady(kubectl, name);
        const url = await urlOf(kubectl, name);
        for (let visit = 1; visit <= visits; visit += 1) {
          expect((await getOnce(`${url}/`)).body).toBe(`${word} ${visit}\n`);
        }
      }
      for (const [kubectl, name, , visits] of all) {
        expect(await hitsOf(await urlOf(kubectl, name))).toBe(visits);
      }
    },

    "a HitCounter behind the PROXY protocol is Ready, and answers whoever speaks it, and nobody else":
      async () => {
        const clientAddress = { trustedProxies: ["192.0.2.0/24"], proxyProtocol: true };
        await makeHitCounter(other, "behind", { ...small, proxy: { replicas: 1, clientAddress } });
        const { hostname, port } = new URL(await urlOf(other, "behind"));
        const visit = (before: string) => {
          const request = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
          return sendRaw(Number(port || 80), [before + request], { to: hostname, closes: true });
        };
        expect(await visit("")).toEqual({ answers: [], closed: true });
        const { answers } = await visit("PROXY TCP4 203.0.113.7 192.0.2.1 40000 80\r\n");
        expect(answers.map(({ body }) => body)).toEqual(["Holla! we have hit 1 times\n"]);
        await until(
          "the operator has read the count",
          async () => (await read(other, "behind")).status?.hits === 1,
        );
      },

    "an upgrade waits for a quota that is full, and goes on when it is raised": () =>
      rollsAtLast(full, "web", {
        reason: "PodsNotMade",
        words: /exceeded quota: pods, requested: pods=1, used: pods=3, limited: pods=3/,
        mend: () => full.apply(quota(4)),
      }),

    "counters that ask for more than any node has are waited for, and roll when they ask for less": () =>
      rollsAtLast(one, "large", {
        change: { counter: { resources: { requests: { cpu: "64" } } } },
        reason: "Unschedulable",
        words: /Insufficient cpu/,
        mend: () => patchSpec(one, "large", { counter: { resources: { requests: { cpu: "50m" } } } }),
      }),

    "a Redis that is to have a node that nobody has is told of in the scheduler's words": async () => {
      await one.apply(manifest("nowhere", { ...small, redis: { pod: { nodeSelector: { disk: "sdd" } } } }));
      const words = /^Redis: pod nowhere-redis-0: .*didn't match Pod's node affinity\/selector/;
      await untilTold(one, "nowhere", "Unschedulable", words);
      expect((await conditionOf(one, "nowhere", "Ready"))?.reason).toBe("RedisNotReady");
      await patchSpec(one, "nowhere", { redis: { pod: null } });
      await untilReady(one, "nowhere");
    },

    "a volume that a LimitRange refuses is told of in its words, and is made once less is asked for":
      async () => {
        await one.apply(manifest("greedy", { ...small, redis: { storage: { size: "3Gi" } } }));
        const words = /^Redis: .*data-greedy-redis-0.*maximum storage usage per PersistentVolumeClaim is 2Gi/;
        await untilTold(one, "greedy", "PodsNotMade", words);
        await patchSpec(one, "greedy", { redis: { storage: { size: "1Gi" } } });
        await untilReady(one, "greedy");
        await expectAsItShould(one, "greedy", "1.0.0");
      },

    "a Redis that can't read its data is told of with the cause, once; and its claim when it is deleted":
      async () => {
        await makeHitCounter(other, "old", small);
        const redis = async () => (await podsOf(other, "old", "redis"))[0] ?? {};
        // As if a later Redis had written it.
        const age =
          'for base in /data/appendonlydir/*.base.rdb; do printf 0099 | dd of="$base" bs=1 seek=5 conv=notrunc; done';
        await other("exec", "old-redis-0", "--", "sh", "-c", age);
        await killProcess(await redis());
        const words = /^Pod old-redis-0: CrashLoopBackOff \(.*Can't handle RDB format version 99/;
        const told = await untilTold(other, "old", "RedisFailing", words);
        await until("it has crashed once more", async () => {
          const pod = await redis();
          return restartsOf([pod]) > 1 && pod.status?.containerStatuses?.[0]?.state?.waiting;
        });
        expect((await conditionOf(other, "old", "Degraded"))?.message).toBe(told);
        const events = await other("get", "events", "--field-selector", "reason=RedisFailing", "-o", "name");
        expect(events.trim().split("\n")).toHaveLength(1);

        await other("delete", "pvc", "data-old-redis-0", "--wait=false");
        await untilTold(other, "old", "DataAtRisk", /`kubectl patch pv pvc-/);
      },
  });
});
