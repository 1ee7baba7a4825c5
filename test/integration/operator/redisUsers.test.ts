import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Redis } from "ioredis";
import { counterEnvironment } from "../../../counter/contract.ts";
import { ROTATE_PASSWORD } from "../../../operator/desired/names.ts";
import {
  acceptedOf,
  derivedPassword,
  loginsOf,
  type Passwords,
} from "../../../operator/desired/passwords.ts";
import {
  BACKUP_USER,
  digestOf,
  EXPORTER_USER,
  OPERATOR_USER,
  PROBE_USER,
  redisUsers,
} from "../../../operator/desired/redisUsers.ts";
import { rotated } from "../../../operator/reconcile/find/rotation.ts";
import { askRedis, type RedisAnswer } from "../../../operator/reconcile/look/askRedis.ts";
import { memoryLog } from "../../../operator/runtime/testing/things.ts";
import { hitCounterWith, inputsFor, numbered } from "../../../operator/testing/fixtures.ts";
import { type Counter, startCounterOnPort } from "../../support/counters.ts";
import { countsIn } from "../../support/countsIn.ts";
import { tell } from "../../support/findings.ts";
import { type RedisServer, startRedisServer } from "../../support/redisServer.ts";
import { startTcpRelay } from "../../support/tcpRelay.ts";
import { until } from "../../support/until.ts";
import { answersIn, failuresInWords, judge, startVisitors, visitedPages } from "../../support/visitors.ts";

const hitCounter = hitCounterWith();
const asked = {
  ...hitCounter,
  metadata: { ...hitCounter.metadata, annotations: { [ROTATE_PASSWORD]: "2026-01-02" } },
};
const first = inputsFor(hitCounter).passwords;
const { current } = first;
let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedisServer({ password: true });
}, 1_800_000);
afterAll(async () => await redis?.remove());

/** What Redis says to a command of this user. */
async function as(user: string, password: string, ...words: string[]): Promise<string> {
  const connection = new Redis({
    port: redis.port,
    protocol: 2,
    enableReadyCheck: false,
    disableClientInfo: true,
    retryStrategy: () => null,
  });
  const [command = "", ...args] = words;
  try {
    await connection.call("AUTH", user, password);
    return String(await connection.call(command, ...args));
  } catch (error) {
    return String(error);
  } finally {
    connection.disconnect();
  }
}
/** And what it says to redis-cli. */
const byCli = (user: string, password: string, ...words: string[]) =>
  redis.command("--user", user, "--pass", password, "--no-auth-warning", ...words);
const passwordOf: Record<string, string> = {
  default: current.password,
  [current.user]: current.password,
  [OPERATOR_USER]: current.operator,
  [EXPORTER_USER]: derivedPassword(current, EXPORTER_USER),
  [BACKUP_USER]: derivedPassword(current, BACKUP_USER),
  [PROBE_USER]: "",
};
const asOperator = (...words: string[]) => as(OPERATOR_USER, current.operator, ...words);
const ask = (passwords: Passwords, log = memoryLog().log) => {
  const asking = askRedis(() => {}, log);
  const target = { uid: "u", host: "127.0.0.1", port: redis.port };
  const users = { users: redisUsers(passwords), logins: loginsOf(passwords) };
  const subject = { ...target, ...users };
  return () => asking(subject, new AbortController().signal);
};

/** Commands, each with the users that may give it. No other user may. */
const COUNTS = ["default", current.user];
const may: [string, string[]][] = [
  ["PING", [...COUNTS, BACKUP_USER, PROBE_USER]],
  ["INFO memory", [...COUNTS, EXPORTER_USER]],
  ["GET some-key", COUNTS],
  ["HINCRBY some-hash a 1", COUNTS],
  ["KEYS nothing*", COUNTS],
  ["EVAL return(redis.call('time')[1]) 0", COUNTS],
  ["CLIENT SETNAME some-name", COUNTS],
  ["ACL LIST", [OPERATOR_USER]],
  ["CLIENT LIST", [OPERATOR_USER]],
  ["CLIENT KILL USER nobody-of-this-name", [OPERATOR_USER]],
  ["ACL DELUSER nobody-of-this-name", [OPERATOR_USER]],
  ["REPLCONF capa eof", [BACKUP_USER]],
  ...[
    ...["CONFIG GET save", "CONFIG SET save x", "FLUSHALL", "SHUTDOWN NOSAVE", "DEBUG SLEEP 0", "MONITOR"],
    ...[
      "MODULE LIST",
      "FUNCTION LIST",
      "SCRIPT FLUSH",
      "REPLICAOF NO ONE",
      "BGREWRITEAOF",
      "ACL GETUSER default",
    ],
    ...[
      "ACL WHOAMI",
      "CLUSTER INFO",
      "MIGRATE 127.0.0.1 1 k 0 1",
      "SAVE",
      "SUBSCRIBE c",
      "PUBLISH c m",
      "BLPOP k 1",
    ],
  ].map((command): [string, string[]] => [command, []]),
];

describe("each user of Redis", () => {
  it.each(may)("%s is for %j", async (command, users) => {
    const refused = /NOPERM|command not allowed/;
    for (const [user, password] of Object.entries(passwordOf)) {
      const answer = await as(user, password, ...command.split(" "));
      expect([user, refused.test(answer)]).toEqual([user, !users.includes(user)]);
    }
  });

  it("gets in with its own password alone", async () => {
    for (const user of Object.keys(passwordOf).filter((each) => each !== PROBE_USER)) {
      expect(await as(user, "another-password-altogether", "PING")).toMatch(/WRONGPASS/);
    }
    expect(await as("stranger", current.password, "PING")).toMatch(/WRONGPASS/);
  });

  it("of the data copies all of it out", async () => {
    const password = passwordOf[BACKUP_USER] ?? "";
    expect(await byCli(BACKUP_USER, password, "--rdb", "/data/copy.rdb")).not.toMatch(/ERR|NOPERM/);
    expect((await readFile(join(redis.dataFolder, "copy.rdb"))).toString("latin1")).toMatch(/^REDIS/);
  });
});

describe("the operator, connected to Redis", () => {
  it("finds the users as Redis has read them from its file, and puts back what others made of them", async () => {
    const log = memoryLog();
    const asking = ask(first, log.log);
    const before = await asOperator("ACL", "LIST");
    expect(await asking()).toEqual({ has: digestOf(redisUsers(first)), connected: {} });
    expect(await asOperator("ACL", "LIST")).toBe(before);
    await asOperator("ACL", "SETUSER", current.user, "off", "nopass", "+@all");
    await asOperator("ACL", "DELUSER", EXPORTER_USER);
    await asOperator("ACL", "SETUSER", "stranger", "on", "nopass", "+@all");
    await asking();
    expect(await asOperator("ACL", "LIST")).toBe(before);
    expect(log.lines.map(({ msg }) => msg)).toEqual(["put back users of Redis"]);
  });

  it("says what to do where Redis does not let it in, and none of its words is a password", async () => {
    const operator = "of-another-redis-altogether";
    const refused = await ask({ ...first, current: { ...current, operator } })().catch(String);
    expect(refused).toMatch(/does not let the operator in. Delete its pod/);
    expect(refused).not.toContain(operator);
  });

  it("writes nothing once it may not", async () => {
    const target = { uid: "u", host: "127.0.0.1", port: redis.port, users: [], logins: loginsOf(first) };
    const check = () => {
      throw new Error("not the leader");
    };
    await expect(askRedis(check, memoryLog().log)(target, new AbortController().signal)).rejects.toThrow(
      "leader",
    );
    expect(await as(EXPORTER_USER, passwordOf[EXPORTER_USER] ?? "", "INFO")).toMatch(/redis_version/);
  });
});

describe("a rotation, step by step, under 200 requests a second", () => {
  const counters: Counter[] = [];
  afterAll(async () => {
    for (const counter of counters) await counter.end("SIGKILL");
  });

  it("costs no request, no hit and no connection, and the former password is refused", async () => {
    const env = { ...redis.env, ...visitedPages };
    for (let made = 0; made < 2; made += 1) counters.push(await startCounterOnPort(env));
    let turn = 0;
    const service = await startTcpRelay(() => {
      turn += 1;
      return counters[turn % counters.length]?.port;
    });
    const visitors = startVisitors(`http://127.0.0.1:${service.port}/`, 200, { toPages: true });
    const connections = async () => {
      const lines = (await asOperator("CLIENT", "LIST"))
        .split("\n")
        .filter((line) => line.includes("user=counter-"));
      return lines.map((line) => line.split(" ")[0]).sort();
    };
    const before = await connections();
    expect(before).toHaveLength(2);

    const answer = async (passwords: Passwords): Promise<RedisAnswer> => await ask(passwords)();
    const next = numbered("rotated-password");
    const step = async (passwords: Passwords, counterAddresses = ["127.0.0.1"]) => {
      const evidence = { hitCounter: asked, namedPassword: undefined, counterAddresses, now: new Date() };
      return rotated(passwords, { ...evidence, answer: await answer(passwords) }, next);
    };
    const told = await step(first);
    const used = await step(told);
    expect(used.current.user).toBe("counter-b");
    // As the kubelet shows them, one file after the other.
    await writeFile(redis.env[counterEnvironment.redisUsernameFile] ?? "", used.current.user);
    await writeFile(redis.env[counterEnvironment.redisPasswordFile] ?? "", used.current.password);
    let over = used;
    await until("no counter uses the former one", async () => {
      over = await step(used);
      return over !== used;
    });
    const connected = (await answer(over)) as Extract<RedisAnswer, { has: string }>;
    expect(connected.connected).toEqual({ "counter-b": ["127.0.0.1"] });
    const visits = await visitors.stop();
    await service.close();

    for (const user of ["default", current.user])
      expect(await as(user, current.password, "PING")).toMatch(/WRONGPASS/);
    expect(await as(OPERATOR_USER, current.operator, "ACL", "LIST")).toMatch(/WRONGPASS/);
    expect(acceptedOf(over)).toHaveLength(1);
    const lines = await as(OPERATOR_USER, over.current.operator, "CLIENT", "LIST");
    expect(
      lines
        .split("\n")
        .filter((line) => line.includes("user=counter-"))
        .map((line) => line.split(" ")[0])
        .sort(),
    ).toEqual(before);
    const counts = await countsIn({
      command: (...words) => byCli("counter-b", over.current.password, ...words),
    });
    const verdict = judge(visits, counts.hits, counts.pages);
    tell(
      "rotated password",
      `${answersIn(visits)} hits acknowledged while a password was rotated, failed: ${failuresInWords(visits)}, slowest ${visits.slowestMs.toFixed(0)} ms`,
    );
    expect(verdict).toEqual({ lost: 0, twice: 0, failed: 0, unacknowledged: 0 });
  }, 120_000);
});
