import { afterAll, beforeAll, describe, expect } from "@jest/globals";
import { childKinds } from "../../../operator/kinds.ts";
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
import { type Lateness, watchLateness } from "../../support/lateness.ts";
import { makeVariant } from "../../support/nodeImages.ts";
import { sideBySide } from "../../support/sideBySide.ts";
import { sizeOf } from "../../support/size.ts";
import { expectNothingLost, underLoad } from "../../support/underLoad.ts";
import { until } from "../../support/until.ts";

const rounds = sizeOf("ROLLBACKS", { test: 1, soak: 3 });
/** The least there is for a version of which only time tells that it fails. */
const SHORT_DEADLINE_SECONDS = 10;
/** Time enough for the kubelet to find out what plainly cannot start. */
const DEADLINE_SECONDS = 120;
/** How long after Kubernetes has told that it fails a version must have been taken back, on a machine that is in time. */
const WITHIN_SECONDS = 10;
/** Requests a second at each of five HitCounters: as many as one gets elsewhere, in all. */
const SHARE = { rate: 40 };

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
let lateness: Lateness;

beforeAll(async () => {
  const cluster = testCluster();
  lateness = await watchLateness();
  kubectl = await freshNamespace(cluster.kubectl, "rollbacks");
  const image = (await installedOperator(cluster.kubectl)).env.COUNTER_IMAGE ?? "";
  for (const { version, env } of Object.values(bad)) {
    if (env) await makeVariant(`${image}:1.0.0`, `${image}:${version}`, { env });
  }
  // All before the first is visited: visitors come as often as they should where the machine is not busy with pods.
  await Promise.all([
    ...Object.values(bad).map(({ version }) => makeHitCounter(kubectl, `has-${version}`)),
    makeHitCounter(kubectl, "stays", { upgrade: { rollback: false } }),
  ]);
}, 3_600_000);

afterAll(async () => {
  await lateness?.stop();
  await kubectl?.("delete", "namespace", "rollbacks", "--wait=false");
});

const patch = (name: string, spec: object) => patchSpec(kubectl, name, spec);
const conditionNow = (name: string, type: string) => conditionOf(kubectl, name, type);

/** Whether Kubernetes tells that a version of the counter fails: the kubelet of its pods, or the deadline. */
const isToldToFail = async (name: string) => {
  const pods = await podsOf(kubectl, name, "counter");
  const containers = pods.flatMap(({ status }) => status?.containerStatuses ?? []);
  const hopeless = containers.some(({ state }) =>
    /^(ImagePull|CrashLoop)BackOff$/.test(state?.waiting?.reason ?? ""),
  );
  const { client, namespace } = kubectl;
  const deployment = await client.get(childKinds.Deployment, { namespace, name: `${name}-counter` });
  return (
    hopeless || deployment?.status?.conditions?.some(({ reason }) => reason === "ProgressDeadlineExceeded")
  );
};
/** How long it took until a version was taken back (s). */
interface TakenBack {
  took: number;
  tookOnceTold: number;
  /** By how much this machine was late since it was told. */
  late: number;
}
/** Waits until a version is taken back; how long that took from now, and from when it was told to fail. */
const untilTakenBack = async (name: string): Promise<TakenBack> => {
  const moment = () => ({ at: performance.now(), lateMs: lateness.totalMs() });
  const began = moment();
  let told: ReturnType<typeof moment> | undefined;
  return await until(
    "it is taken back",
    async () => {
      if ((await conditionNow(name, "RolledBack"))?.status === "True") {
        const now = moment();
        const since = told ?? now;
        return {
          took: (now.at - began.at) / 1000,
          tookOnceTold: (now.at - since.at) / 1000,
          late: (now.lateMs - since.lateMs) / 1000,
        };
      }
      if (told === undefined && (await isToldToFail(name))) told = moment();
      return undefined;
    },
    { withinSeconds: 240, everyMs: 250 },
  );
};

const isTakenBack = async (kind: string, { version, plain, reason }: BadVersion) => {
  const name = `has-${version}`;
  const before = namesOf(await podsOf(kubectl, name));
  await patch(name, { upgrade: { deadlineSeconds: plain ? DEADLINE_SECONDS : SHORT_DEADLINE_SECONDS } });
  await untilSettledAndGone(kubectl, name);
  const took: TakenBack[] = [];
  const what = `a version ${kind}, ${rounds} times, at ${SHARE.rate} requests/s`;
  const fail = async () => {
    for (let round = 0; round < rounds; round += 1) {
      await patch(name, { version });
      took.push(await untilTakenBack(name));
      expect((await conditionNow(name, "RolledBack"))?.reason).toMatch(reason);
      await untilSettledAndGone(kubectl, name);
      await patch(name, { version: "1.0.0" });
      await untilSettledAndGone(kubectl, name);
    }
  };
  const seen = await underLoad(kubectl, name, what, fail, SHARE);
  const times = took.map(
    (each) => `${each.took.toFixed(1)} s, ${each.tookOnceTold.toFixed(1)} s once it was told`,
  );
  tell("rolled back", `a version ${kind}: after ${times.join("; ")}`);
  expect(Math.max(...took.map(({ tookOnceTold, late }) => tookOnceTold - late))).toBeLessThan(WITHIN_SECONDS);
  expectNothingLost(seen);
  expect([...seen.versions.keys()]).toEqual(["1.0.0"]);
  expect(namesOf(await podsOf(kubectl, name))).toEqual(before);
  await until("it is told as an event, which may come late", async () =>
    (await kubectl("get", "events")).includes(`Went back from ${version} to 1.0.0`),
  );
};

const staysAndIsRolledOver = async () => {
  const name = "stays";
  const roll = async () => {
    await patch(name, { version: "crashes" });
    const degraded = await until("it is told", async () => {
      const condition = await conditionNow(name, "Degraded");
      return condition?.status === "True" && condition;
    });
    expect(degraded.reason).toBe("CounterFailing");
    expect((await conditionNow(name, "RolledBack"))?.status).toBe("False");
    await untilReady(kubectl, name);
    await patch(name, { version: "1.1.0" });
    expect((await untilSettled(kubectl, name)).status?.version).toBe("1.1.0");
    await untilSettledAndGone(kubectl, name);
  };
  const seen = await underLoad(
    kubectl,
    name,
    `a version that crashes, without rollback, and the next, at ${SHARE.rate} requests/s`,
    roll,
    SHARE,
  );
  expectNothingLost(seen);
  expect([...seen.versions.keys()].sort()).toEqual(["1.0.0", "1.1.0"]);
  await expectAsItShould(kubectl, name, "1.1.0");
};

const small = { counter: { replicas: 1 }, proxy: { replicas: 1 } };
const absent = { image: "localhost/hitcounter-test/absent:1" };
/** What the first pods of a HitCounter fail by, how that is mended, and how it is told. */
const beginnings: Record<string, [object, object, string]> = {
  counter: [{ version: "absent" }, { version: "1.0.0" }, "CounterFailing"],
  crashing: [{ version: "crashes" }, { version: "1.0.0" }, "CounterFailing"],
  redis: [{ redis: absent }, { redis: { image: null } }, "RedisFailing"],
  proxy: [{ proxy: { ...small.proxy, ...absent } }, { proxy: { image: null } }, "ProxyFailing"],
};

const heals = async (name: string, [bad, good, reason]: [object, object, string]) => {
  await kubectl.apply(manifest(name, { ...small, ...bad }));
  const degraded = await until(`${name} is told to fail`, async () => {
    const condition = await conditionNow(name, "Degraded");
    return condition?.reason === reason && condition;
  });
  expect(degraded.message).toMatch(/ErrImagePull|ImagePullBackOff|CrashLoopBackOff.*DRAIN_MAX_SECONDS/);
  const { status } = await read(kubectl, name);
  expect(status?.lastHealthyVersion).toBeUndefined();
  expect((await conditionNow(name, "RolledBack"))?.status).toBe("False");
  expect((await conditionNow(name, "Ready"))?.status).toBe("False");
  // No counter can be reached: what is ready would take visitors only to fail them.
  const ready = "jsonpath={.status.readyReplicas}";
  if (reason === "CounterFailing") {
    expect(await kubectl("get", "deployment", `${name}-proxy`, "-o", ready)).toBe("");
  }
  await patch(name, good);
  await untilReady(kubectl, name);
  await expectAsItShould(kubectl, name, "1.0.0");
};

const under = `under ${SHARE.rate} requests a second each, a version`;
describe("side by side:", () => {
  sideBySide({
    ...Object.fromEntries(
      Object.entries(bad).map(([kind, which]) => [
        `${under} ${kind} is taken back and costs no request and no hit`,
        () => isTakenBack(kind, which),
      ]),
    ),
    [`${under} that fails stays, where rollback is turned off, and the next one rolls over it`]:
      staysAndIsRolledOver,
    ...Object.fromEntries(
      Object.entries(beginnings).map(([part, beginning]) => [
        `a HitCounter whose first pods cannot start (${part}) is Degraded with the reason, and heals when the spec does`,
        () => heals(part, beginning),
      ]),
    ),
  });
});
