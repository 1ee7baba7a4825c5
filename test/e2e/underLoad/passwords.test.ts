import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { V1Pod } from "@kubernetes/client-node";
import { ROTATE_PASSWORD } from "../../../operator/desired/names.ts";
import {
  acceptedOf,
  derivedPassword,
  loginsOf,
  type Passwords,
} from "../../../operator/desired/passwords.ts";
import { BACKUP_USER, EXPORTER_USER } from "../../../operator/desired/redisUsers.ts";
import { expectAsItShould, identityOf, podsOf } from "../../support/aftermath.ts";
import { freshNamespace, testCluster } from "../../support/cluster.ts";
import { conditionOf, makeHitCounter, patchSpec } from "../../support/hitCounters.ts";
import type { Kubectl } from "../../support/kubectl.ts";
import { passwordsOf, redisCli } from "../../support/redisCli.ts";
import { untilRotated } from "../../support/rotation.ts";
import { sizeOf } from "../../support/size.ts";
import { expectNothingLost, underLoad } from "../../support/underLoad.ts";
import { until } from "../../support/until.ts";

const NAME = "web";
const OWN = "own-password";
/** Half of them by the annotation, half by the Secret that spec names. */
const rotations = sizeOf("ROTATIONS", { test: 2, soak: 10 });
let cluster: Kubectl;
let kubectl: Kubectl;
/** Every password that there was. */
const all = new Set<string>();

beforeAll(async () => {
  cluster = testCluster().kubectl;
  kubectl = await freshNamespace(cluster, "passwords");
  await makeHitCounter(kubectl, NAME, { monitoring: { enabled: true } });
}, 3_600_000);

afterAll(async () => {
  await cluster?.("delete", "namespace", "passwords", "--ignore-not-found", "--wait=false");
});

const uidsNow = async () => {
  const pods = await podsOf(kubectl, NAME);
  const serving = pods.filter(
    ({ metadata }) => !metadata?.labels?.["app.kubernetes.io/component"]?.startsWith("exporter"),
  );
  return identityOf(serving);
};
const makeSecret = (password: string) =>
  kubectl.apply({ apiVersion: "v1", kind: "Secret", metadata: { name: OWN }, stringData: { password } });
const note = (passwords: Passwords) => {
  for (const each of acceptedOf(passwords)) {
    all.add(each.password);
    for (const user of [EXPORTER_USER, BACKUP_USER]) all.add(derivedPassword(each, user));
  }
  for (const login of loginsOf(passwords)) all.add(login);
};

/** Waits until a rotation is over that took the place of these passwords, and sees that they are refused. */
async function untilRefused(before: Passwords): Promise<void> {
  await untilRotated(kubectl, NAME, before);
  note(await passwordsOf(kubectl, NAME));
  const { user, password, operator } = before.current;
  for (const name of [user, "default"]) {
    expect(await redisCli(kubectl, NAME, ["get", "hits"], { user: name, password })).toMatch(
      /WRONGPASS|NOAUTH/,
    );
  }
  const asOperator = { user: "operator", password: operator };
  expect(await redisCli(kubectl, NAME, ["acl", "list"], asOperator)).toMatch(/WRONGPASS|NOAUTH/);
  expect(await redisCli(kubectl, NAME, ["get", "hits"])).toMatch(/^\d+$/);
}

describe("under 200 requests a second", () => {
  it(`${rotations} rotations of Redis's passwords cost no request, no hit and no pod`, async () => {
    const before = await uidsNow();
    note(await passwordsOf(kubectl, NAME));
    const seen = await underLoad(kubectl, NAME, `${rotations} rotations of Redis's passwords`, async () => {
      for (let rotation = 0; rotation < rotations; rotation += 1) {
        const passwords = await passwordsOf(kubectl, NAME);
        if (rotation < rotations / 2) {
          await kubectl("annotate", "hitcounter", NAME, "--overwrite", `${ROTATE_PASSWORD}=${rotation}`);
        } else {
          await makeSecret(`a-password-of-ones-own-${rotation}-$(REDIS_HOST)"'\\`);
          await patchSpec(kubectl, NAME, { redis: { auth: { secretName: OWN } } });
        }
        await untilRefused(passwords);
      }
    });
    expectNothingLost(seen);
    await expectAsItShould(kubectl, NAME, "1.0.0");
    expect(await uidsNow()).toEqual(before);
    const events = await kubectl("get", "events");
    for (const reason of ["PasswordRotation", "PasswordRotated"]) expect(events).toContain(reason);
  }, 3_600_000);

  it("a Secret that is named and can't be used is told, and nothing else happens", async () => {
    const before = await passwordsOf(kubectl, NAME);
    await patchSpec(kubectl, NAME, { redis: { auth: { secretName: "not-there" } } });
    await until(
      "it is told",
      async () => (await conditionOf(kubectl, NAME, "PasswordRotated"))?.reason === "SecretNotFound",
    );
    expect((await conditionOf(kubectl, NAME, "PasswordRotated"))?.message).toMatch(
      /^The Secret not-there \(spec\.redis\.auth\.secretName\) is not there\. Make it/,
    );
    expect(await passwordsOf(kubectl, NAME)).toEqual(before);
    await expectAsItShould(kubectl, NAME, "1.0.0");
  });
});

describe("of all these passwords", () => {
  it("none is in a log, an event, a status or a pod, in plain or base64", async () => {
    expect(all.size).toBeGreaterThanOrEqual(4 * (rotations + 1));
    const pods = [...(await podsOf(kubectl, NAME)), ...(await operatorPods())];
    const logs = pods.map(({ metadata }) =>
      cluster(
        "logs",
        "--namespace",
        metadata?.namespace ?? "",
        metadata?.name ?? "",
        "--all-containers",
        "--tail=-1",
      ),
    );
    const kinds =
      "hitcounters,pods,deployments,statefulsets,replicasets,configmaps,controllerrevisions,events,services";
    const texts = await Promise.all([
      ...logs,
      kubectl("get", kinds, "-o", "json"),
      kubectl("get", "events.events.k8s.io", "-o", "json"),
      kubectl("describe", "hitcounter", NAME),
    ]);
    const found = [...all].flatMap((password) =>
      [password, Buffer.from(password).toString("base64").replace(/=+$/, "")].filter((form) =>
        texts.some((text) => text.includes(form)),
      ),
    );
    expect(found).toEqual([]);
  });
});

const operatorPods = async () =>
  (await cluster.json<{ items: V1Pod[] }>("get", "pods", "--namespace", "hitcounter-system")).items;
