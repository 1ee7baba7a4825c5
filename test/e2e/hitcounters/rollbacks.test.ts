import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { V1Deployment } from "@kubernetes/client-node";
import { expectAsItShould, namesOf, podsOf, untilSettledAndGone } from "../../support/aftermath.ts";
import { freshNamespace, installedOperator, testCluster } from "../../support/cluster.ts";
import { tell } from "../../support/findings.ts";
import {
  conditionOf,
  makeHitCounter,
  manifest,
  patchSpec,
  read,
  untilReady,
  untilSettled,
} from "../../support/hitCounters.ts";
import type { Kubectl } from "../../support/kubectl.ts";
import { makeVariant } from "../../support/nodeImages.ts";
import { sizeOf } from "../../support/size.ts";
import { expectNothingLost, underLoad } from "../../support/underLoad.ts";
import { until } from "../../support/until.ts";

const NAME = "web";
const rounds = sizeOf("ROLLBACKS", { test: 1, soak: 3 });
/** The least there is for a version of which only time tells that it fails. */
const SHORT_DEADLINE_SECONDS = 10;
/** Time enough for the kubelet to find out what plainly cannot start. */
const DEADLINE_SECONDS = 120;
/** How long after Kubernetes has told that it fails a version must have been taken back. */
const WITHIN_SECONDS = 10;

interface BadVersion {
  version: string;
  /** What makes the image bad; undefined for an image that does not exist. */
  env?: Record<string, string>;
  plain: boolean;
  reason: RegExp;
}
const bad: Record<string, BadVersion> = {
  "whose image can't be pulled": {
    version: "absent",
    plain: true,
    reason: /^(ErrImagePull|ImagePullBackOff)$/,
  },
  "that crashes at its start": {
    version: "crashes",
    env: { DRAIN_MAX_SECONDS: "never" },
    plain: true,
    reason: /^CrashLoopBackOff$/,
  },
  "that never becomes ready": {
    version: "deaf",
    env: { PORT: "8099" },
    plain: false,
    reason: /^DeadlineExceeded$/,
  },
  "that is live but answers 503 on /": {
    version: "useless",
    env: { REDIS_PORT: "1" },
    plain: false,
    reason: /^DeadlineExceeded$/,
  },
};

let kubectl: Kubectl;

beforeAll(async () => {
  const cluster = testCluster();
  kubectl = await freshNamespace(cluster.kubectl, "rollbacks");
  const image = (await installedOperator(cluster.kubectl)).env.COUNTER_IMAGE ?? "";
  for (const { version, env } of Object.values(bad)) {
    if (env) await makeVariant(`${image}:1.0.0`, `${image}:${version}`, { env });
  }
  await makeHitCounter(kubectl, NAME);
}, 3_600_000);

afterAll(async () => {
  await kubectl?.("delete", "namespace", "rollbacks", "--wait=false");
});

const patch = (spec: object, name = NAME) => patchSpec(kubectl, name, spec);
const conditionNow = (type: string, name = NAME) => conditionOf(kubectl, name, type);

/** Whether Kubernetes tells that a version of the counter fails: the kubelet of its pods, or the deadline. */
const isToldToFail = async () => {
  const pods = await podsOf(kubectl, NAME, "counter");
  const containers = pods.flatMap(({ status }) => status?.containerStatuses ?? []);
  const hopeless = containers.some(({ state }) =>
    /^(ImagePull|CrashLoop)BackOff$/.test(state?.waiting?.reason ?? ""),
  );
  const { status } = await kubectl.json<V1Deployment>("get", "deployment", `${NAME}-counter`);
  return hopeless || status?.conditions?.some(({ reason }) => reason === "ProgressDeadlineExceeded");
};
/** Waits until a version is taken back; how long that took from now, and from when it was told to fail (s). */
const untilTakenBack = async () => {
  const began = performance.now();
  const since = (moment: number) => (performance.now() - moment) / 1000;
  let told: number | undefined;
  return await until(
    "it is taken back",
    async () => {
      if ((await conditionNow("RolledBack"))?.status === "True") {
        return { took: since(began), tookOnceTold: told === undefined ? 0 : since(told) };
      }
      if (told === undefined && (await isToldToFail())) told = performance.now();
      return undefined;
    },
    { withinSeconds: 240, everyMs: 250 },
  );
};

describe("under 200 requests a second, a version", () => {
  it.each(Object.entries(bad))("%s is taken back and costs no request and no hit", async (kind, which) => {
    const { version, plain, reason } = which;
    const before = namesOf(await podsOf(kubectl, NAME));
    const deadlineSeconds = plain ? DEADLINE_SECONDS : SHORT_DEADLINE_SECONDS;
    await patch({ upgrade: { deadlineSeconds } });
    await untilSettledAndGone(kubectl, NAME);
    const took: { took: number; tookOnceTold: number }[] = [];
    const seen = await underLoad(kubectl, NAME, `a version ${kind}, ${rounds} times`, async () => {
      for (let round = 0; round < rounds; round += 1) {
        await patch({ version });
        took.push(await untilTakenBack());
        expect((await conditionNow("RolledBack"))?.reason).toMatch(reason);
        expect((await conditionNow("Ready"))?.status).toBe("True");
        await untilSettledAndGone(kubectl, NAME);
        await patch({ version: "1.0.0" });
        await untilSettledAndGone(kubectl, NAME);
      }
    });
    const times = took.map(
      (each) => `${each.took.toFixed(1)} s, ${each.tookOnceTold.toFixed(1)} s once it was told`,
    );
    tell("rolled back", `a version ${kind}: after ${times.join("; ")}`);
    expect(Math.max(...took.map(({ tookOnceTold }) => tookOnceTold))).toBeLessThan(WITHIN_SECONDS);
    expectNothingLost(seen);
    expect([...seen.versions.keys()]).toEqual(["1.0.0"]);
    expect(namesOf(await podsOf(kubectl, NAME))).toEqual(before);
    const events = await kubectl("get", "events");
    expect(events).toContain(`Went back from ${version} to 1.0.0`);
  });

  it("that fails stays, where rollback is turned off, and the next one rolls over it", async () => {
    await patch({ upgrade: { rollback: false } });
    const seen = await underLoad(
      kubectl,
      NAME,
      "a version that crashes, without rollback, and the next",
      async () => {
        await patch({ version: "crashes" });
        const degraded = await until("it is told", async () => {
          const condition = await conditionNow("Degraded");
          return condition?.status === "True" && condition;
        });
        expect(degraded.reason).toBe("CounterFailing");
        expect((await conditionNow("RolledBack"))?.status).toBe("False");
        expect((await conditionNow("Ready"))?.status).toBe("True");
        await patch({ version: "1.1.0" });
        expect((await untilSettled(kubectl, NAME)).status?.version).toBe("1.1.0");
        await untilSettledAndGone(kubectl, NAME);
      },
    );
    expectNothingLost(seen);
    expect([...seen.versions.keys()].sort()).toEqual(["1.0.0", "1.1.0"]);
    await expectAsItShould(kubectl, NAME, "1.1.0");
  });
});

describe("a HitCounter whose first pods cannot start", () => {
  const small = { counter: { replicas: 1 }, proxy: { replicas: 1 } };
  const absent = { image: "localhost/hitcounter-test/absent:1" };
  const parts: [string, object, object, string][] = [
    ["counter", { version: "absent" }, { version: "1.0.0" }, "CounterFailing"],
    ["crashing", { version: "crashes" }, { version: "1.0.0" }, "CounterFailing"],
    ["redis", { redis: absent }, { redis: { image: null } }, "RedisFailing"],
    ["proxy", { proxy: { ...small.proxy, ...absent } }, { proxy: { image: null } }, "ProxyFailing"],
  ];

  it("is Degraded with the reason, and heals when the spec does", async () => {
    await Promise.all(
      parts.map(async ([name, bad, good, reason]) => {
        await kubectl.apply(manifest(name, { ...small, ...bad }));
        const degraded = await until(`${name} is told to fail`, async () => {
          const condition = await conditionNow("Degraded", name);
          return condition?.reason === reason && condition;
        });
        expect(degraded.message).toMatch(/ErrImagePull|ImagePullBackOff|CrashLoopBackOff.*DRAIN_MAX_SECONDS/);
        const { status } = await read(kubectl, name);
        expect(status?.lastHealthyVersion).toBeUndefined();
        expect((await conditionNow("RolledBack", name))?.status).toBe("False");
        expect((await conditionNow("Ready", name))?.status).toBe("False");
        // No counter can be reached: what is ready would take visitors only to fail them.
        const ready = "jsonpath={.status.readyReplicas}";
        if (reason === "CounterFailing") {
          expect(await kubectl("get", "deployment", `${name}-proxy`, "-o", ready)).toBe("");
        }
        await patch(good, name);
        await untilReady(kubectl, name);
        await expectAsItShould(kubectl, name, "1.0.0");
      }),
    );
  });
});
