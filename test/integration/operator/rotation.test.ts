import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { V1Deployment, V1Secret, V1StatefulSet } from "@kubernetes/client-node";
import { counterEnvironment } from "../../../counter/contract.ts";
import { ROTATE_PASSWORD } from "../../../operator/desired/names.ts";
import { loginsOf, type Passwords, passwordsIn } from "../../../operator/desired/passwords.ts";
import { redisEnvironment } from "../../../operator/desired/redisCommand.ts";
import { childKinds, hitCounters, pods } from "../../../operator/kinds.ts";
import {
  lookingAfter,
  type RunningOperator,
  sharedApiServer,
  startOperator,
} from "../../support/apiServer.ts";
import { type Container, mountPath, startContainer } from "../../support/container.ts";
import { type Counter, startCounterOnPort } from "../../support/counters.ts";
import { conditionOf } from "../../support/hitCounters.ts";
import type { Kubectl } from "../../support/kubectl.ts";
import { makePod, makeWeb, patch, patchStatus } from "../../support/pretended.ts";
import { until } from "../../support/until.ts";

// The operator itself beside a real Redis: what kubelets do is pretended, on addresses of this machine alone.

const NAMESPACE = "rotation";
const REDIS_IP = "127.31.0.7";
/** From where whoever connects there comes. */
const COUNTER_IP = "127.0.0.1";
const api = sharedApiServer();
let kubectl: Kubectl;
let operator: RunningOperator;
let redis: Container;
let counter: Counter;
let folder: string;
const logs: string[] = [];

const secretNow = async () =>
  (await api.kubectl.client.get(childKinds.Secret, { namespace: NAMESPACE, name: "web-redis" })) as V1Secret;
const passwordsNow = async () => passwordsIn(await secretNow());
const file = (key: string) => join(folder, "auth", key);
/** Does what the kubelet does once a minute. */
async function showSecret(): Promise<void> {
  const { data = {} } = await secretNow();
  for (const key of ["auth.conf", "username", "password"]) {
    await writeFile(file(key), Buffer.from(data[key] ?? "", "base64"));
  }
}
const startOne = async () => {
  operator = await startOperator(api.kubeconfig, { ...lookingAfter(NAMESPACE), PROBE_VIA: "service" });
};
/** Kills the operator, wherever it is, and starts another. */
async function anotherOperator(): Promise<void> {
  logs.push(JSON.stringify(operator.log()));
  await operator.stop("SIGKILL");
  await startOne();
}
const runs = async (pod: string, podIP: string) => {
  const lastTransitionTime = new Date().toISOString();
  const conditions = ["PodScheduled", "Ready"].map((type) => ({ type, status: "True", lastTransitionTime }));
  const status = { phase: "Running", podIP, podIPs: [{ ip: podIP }], conditions };
  await patchStatus(api.kubectl.client, pods, { namespace: NAMESPACE, name: pod }, status);
};
const cli = async (user: string, password: string, ...words: string[]) =>
  (
    await redis
      .exec("redis-cli", "-h", REDIS_IP, "--user", user, "--pass", password, "--no-auth-warning", ...words)
      .catch(String)
  ).trim();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hitcounter-rotation-"));
  for (const each of ["auth", "data"]) await mkdir(join(folder, each));
  kubectl = await makeWeb(api, NAMESPACE);
  await startOne();
  const { client } = api.kubectl;
  const workload = <T>(kind: "StatefulSet" | "Deployment", name: string) =>
    until(
      `there is ${name}`,
      async () => (await client.get(childKinds[kind], { namespace: NAMESPACE, name })) as T,
    );
  const statefulSet = await workload<V1StatefulSet>("StatefulSet", "web-redis");
  const deployment = await workload<V1Deployment>("Deployment", "web-counter");
  await showSecret();
  const [product] = statefulSet.spec?.template.spec?.containers ?? [];
  if (!product) throw new Error("Redis has no container");
  redis = await startContainer({
    name: "redis",
    image: "redis",
    command: [...(product.command ?? []), "--port", "6379", "--bind", REDIS_IP, "--protected-mode", "no"],
    mounts: {
      [mountPath(product, "data")]: join(folder, "data"),
      [mountPath(product, "auth")]: join(folder, "auth"),
    },
    env: { [redisEnvironment.memory]: "0" },
    asMyself: true,
  });
  const probe = product.readinessProbe?.exec?.command ?? [];
  await until("the probe of the product says that it is ready", async () => {
    const [program = "", ...words] = probe;
    return (await redis.exec(program, "-h", REDIS_IP, ...words).catch(String)).trim() === "PONG";
  });
  counter = await startCounterOnPort({
    [counterEnvironment.redisHost]: REDIS_IP,
    [counterEnvironment.redisUsernameFile]: file("username"),
    [counterEnvironment.redisPasswordFile]: file("password"),
  });
  await makePod(client, statefulSet, "web-redis-0");
  await makePod(client, deployment, "web-counter-0");
  await runs("web-redis-0", REDIS_IP);
  await runs("web-counter-0", COUNTER_IP);
}, 1_800_000);

afterAll(async () => {
  operator?.signal("SIGKILL");
  await counter?.end("SIGKILL");
  await redis?.remove();
  await rm(folder, { recursive: true, force: true });
});

describe("a rotation by an operator that is killed at each of its steps", () => {
  it("is gone on with by the next, and ends with the former password refused and the counter connected", async () => {
    const before = (await passwordsNow()) as Passwords;
    const hit = async () => (await fetch(`http://127.0.0.1:${counter.port}/`)).status;
    expect(await hit()).toBe(200);
    const metadata = { annotations: { [ROTATE_PASSWORD]: "2026-01-02" } };
    await patch(api.kubectl.client, hitCounters, { namespace: NAMESPACE, name: "web" }, { metadata });
    await until("there are others", async () => (await passwordsNow())?.current.user !== before.current.user);
    await anotherOperator();
    expect(await cli(before.current.user, before.current.password, "ping")).toBe("PONG");
    expect(await hit()).toBe(200);
    const told = () => conditionOf(kubectl, "web", "PasswordRotated");
    expect((await told())?.reason).toBe("Rotating");
    // The container of Redis starts anew, from a file that it was shown before all that.
    await redis.signal("SIGKILL");
    await redis.ended();
    await redis.start();
    await until("the users are as they should be again", async () => {
      const { current } = (await passwordsNow()) as Passwords;
      return (await cli(current.user, current.password, "ping")) === "PONG";
    });
    await showSecret();
    await until("the former one is no more", async () => (await passwordsNow())?.former === undefined);
    await anotherOperator();
    await until("that is told", async () => (await told())?.reason === "Rotated");
    const { user, password, operator: former } = before.current;
    for (const name of [user, "default"])
      expect(await cli(name, password, "ping")).toMatch(/WRONGPASS|NOAUTH/);
    expect(await cli("operator", former, "acl", "list")).toMatch(/WRONGPASS|NOAUTH/);
    expect(await hit()).toBe(200);
  });

  it("tells nothing of any password in its log", async () => {
    const now = (await passwordsNow()) as Passwords;
    logs.push(JSON.stringify(operator.log()), counter.process.output());
    for (const secret of [...loginsOf(now), now.current.password]) {
      for (const form of [secret, Buffer.from(secret).toString("base64").replace(/=+$/, "")]) {
        for (const log of logs) expect(log).not.toContain(form);
      }
    }
  });
});
