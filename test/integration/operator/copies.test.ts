import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Redis } from "ioredis";
import { derivedPassword, loginsOf } from "../../../operator/desired/passwords.ts";
import { commandOfCopy, redisCommand } from "../../../operator/desired/redisCommand.ts";
import { redisSecret } from "../../../operator/desired/redisSecret.ts";
import { digestOf, REPLICA_USER, redisUsers } from "../../../operator/desired/redisUsers.ts";
import { createKeeper, type GroupState, type Keeper } from "../../../operator/keeper/index.ts";
import { askRedis } from "../../../operator/reconcile/look/askRedis.ts";
import { systemClock } from "../../../operator/runtime/index.ts";
import { memoryLog } from "../../../operator/runtime/testing/things.ts";
import { hitCounterWith, inputsFor } from "../../../operator/testing/fixtures.ts";
import { type Container, startContainer } from "../../support/container.ts";
import { freePort } from "../../support/freePort.ts";
import { until } from "../../support/until.ts";

const three = inputsFor(hitCounterWith({ redis: { replicas: 3 } }));
const { passwords } = three;
const network = `127.${1 + (process.pid % 250)}.252`;
const nodes = [0, 1, 2].map((number) => ({ name: `web-redis-${number}`, host: `${network}.${1 + number}` }));
let folder: string;
let container: Container;
let port: number;
let keeper: Keeper;
let state: GroupState | undefined;

/** Starts a Redis by the operator's own command and users: one of three copies, or the only one there was. */
async function start(number: number, alone = false): Promise<void> {
  const { name = "", host = "" } = nodes[number] ?? {};
  const inputs = alone ? inputsFor(hitCounterWith()) : three;
  const conf = redisSecret(inputs).data?.[alone ? "auth.conf" : `auth-${number}.conf`] ?? "";
  await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, `${name}-auth-${number}.conf`), Buffer.from(conf, "base64"));
  const configuration = (of: number | string) => `/nodes/${name}-auth-${of}.conf`;
  const command = alone
    ? redisCommand(inputs.hitCounter, configuration(number))
    : commandOfCopy(configuration, "/nodes/none");
  const [shell = "", flag = "", script = "", ...words] = command;
  const own = ["--port", `${port}`, "--bind", host, "--bind-source-addr", host, "--daemonize", "yes"];
  const inItsFolder = [script, ...words, ...own].map((word) => word.replaceAll("/data", `/nodes/${name}`));
  await container.exec("env", `HOSTNAME=${name}`, "MEMORY_LIMIT=300000000", shell, flag, ...inItsFolder);
}

const counterAt = (number: number) =>
  new Redis({
    host: nodes[number]?.host ?? "",
    port,
    username: "counter-a",
    password: passwords.current.password,
    protocol: 2,
    disableClientInfo: true,
    enableReadyCheck: false,
  });
const keep = (initialised: boolean, leaving?: string) =>
  keeper.keep("demo/web", {
    group: {
      nodes: nodes.map(({ name, host }) => ({ name, id: name, address: `${host}:${port}` })),
      initialised,
      tooFewNodes: false,
      leaving,
    },
    readCredentials: ({ name }) => ({ username: name, password: derivedPassword(passwords.current, name) }),
    resolve: async () => undefined,
    onState: (now) => {
      state = now;
    },
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hitcounter-copies-"));
  port = await freePort();
  container = await startContainer({
    name: "copies",
    image: "redis",
    command: ["sh", "-c", "trap exit TERM; while true; do sleep 3600 & wait; done"],
    mounts: { "/nodes": folder },
    asMyself: true,
  });
  keeper = createKeeper({
    number: 1,
    turn: () => 0,
    clock: systemClock,
    random: Math.random,
    timeOfDay: Date.now,
  });
});

afterAll(async () => {
  keeper?.close();
  await container?.remove();
  await rm(folder, { recursive: true, force: true });
});

describe("one Redis that becomes three, by the operator's own settings and users", () => {
  it("keeps its hits, follows once another leads, and lets the others do what they have to and no more", async () => {
    await start(0, true);
    const counter = counterAt(0);
    counter.on("error", () => {});
    await until("the one counts", async () => (await counter.set("hits", 42)) === "OK");
    await start(1);
    await start(2);

    const users = (name: string) => redisUsers(passwords, name);
    const [first, ...others] = nodes.map(({ name, host }) => ({ uid: name, host, users: users(name) }));
    if (!first) throw new Error("there are three");
    const ask = askRedis(() => {}, memoryLog().log);
    const answer = await until("all have their users", () =>
      ask(
        {
          ...first,
          others,
          port,
          logins: loginsOf(passwords),
          masterauth: derivedPassword(passwords.current, REPLICA_USER),
          digest: digestOf(redisUsers(passwords)),
        },
        new AbortController().signal,
      ),
    );
    expect(answer.has).toBe(digestOf(redisUsers(passwords)));

    keep(false);
    const inSync = async (primary: RegExp) =>
      state?.condition === "InSync" && primary.test(state.primary ?? "");
    await until("all have everything", () => inSync(/-0$/), { everyMs: 50 });
    keep(true, "web-redis-0");
    await until("all have everything, and another leads", () => inSync(/-[12]$/), { everyMs: 50 });
    const follower = counterAt(0);
    expect(await follower.get("hits")).toBe("42");
    expect(String(await follower.role())).toMatch(/^slave,/);
    counter.disconnect();
    follower.disconnect();
  });
});
