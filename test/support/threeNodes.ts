import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { counterEnvironment } from "../../counter/contract.ts";
import { redisUsers } from "../../operator/desired/redisUsers.ts";
import { hitCounterWith, inputsFor } from "../../operator/testing/fixtures.ts";
import { type Container, startContainer } from "./container.ts";
import { copySettings } from "./copySettings.ts";
import { freePort } from "./freePort.ts";
import { type NodeWay, wayTo } from "./nodeWay.ts";
import { engineImages, type RedisEngine } from "./redisServer.ts";
import { until } from "./until.ts";

/** One of three real nodes, with an address of its own. */
export interface TestNode {
  readonly name: string;
  /** By which everybody reaches it, such as `127.7.8.1:7000`. */
  readonly address: string;
  /** From which it reaches others. */
  readonly from: string;
  readonly way: NodeWay;
  /** Ends its process in the middle of whatever it does; its data stays. */
  kill(): Promise<void>;
  /** Halts it. */
  halt(): Promise<void>;
  /** Lets it go on. */
  goOn(): Promise<void>;
  /** Starts it again, with the data that it has. */
  start(): Promise<void>;
  /** Empties its disk; only while it does not run. */
  wipe(): Promise<void>;
  isRunning(): boolean;
  /** What it logged. */
  output(): Promise<string>;
}

/** Three nodes, in one container. */
export interface ThreeNodes {
  readonly nodes: readonly TestNode[];
  readonly port: number;
  /** What each node's own user has for a password. */
  readonly password: string;
  /** Environment of a counter that counts in them. */
  readonly env: Record<string, string>;
  remove(): Promise<void>;
}

/** What the user of a pod's name may do: what keepers and counters say to a node. */
const SAYING =
  "~* &* -@all +@read +@write +@connection +@transaction +eval +evalsha +info +replicaof +client|kill +wait +waitaof +dbsize +time";

/** The settings of a node that is one of three. */
const settings = (engine: RedisEngine) => ({
  appendonly: "yes",
  appendfsync: "always",
  save: '""',
  // It takes no write and feeds nobody until it is told whom to follow, or to lead.
  replicaof: "127.0.0.1 1",
  "shutdown-on-sigterm": "force",
  ...copySettings(engine),
});

let groups = 0;

/** Starts three nodes without data. */
export async function startThreeNodes(engine: RedisEngine = "redis"): Promise<ThreeNodes> {
  groups += 1;
  // Two numbers that no group shares which runs on this machine meanwhile.
  const network = `127.${1 + (process.pid % 250)}.${groups % 250}`;
  const port = await freePort();
  const password = randomBytes(16).toString("hex");
  const folder = await mkdtemp(join(tmpdir(), "hitcounter-nodes-"));
  const container = await startContainer({
    name: engine,
    image: engineImages[engine],
    command: ["sh", "-c", "trap exit TERM; while true; do sleep 3600 & wait; done"],
    mounts: { "/nodes": folder },
    asMyself: true,
  });
  const { passwords } = inputsFor(hitCounterWith({ redis: { replicas: 3 } }));
  const counter = passwords.current;
  const nodes: TestNode[] = [];
  for (const index of [0, 1, 2]) {
    const name = `web-redis-${index}`;
    const [host, from] = [`${network}.${1 + index}`, `${network}.${11 + index}`];
    await mkdir(join(folder, name));
    const lines = {
      ...settings(engine),
      port,
      bind: from,
      "bind-source-addr": from,
      "protected-mode": "no",
      "replica-announce-ip": host,
      dir: `/nodes/${name}`,
      masteruser: "replica",
      masterauth: password,
    };
    const conf = [
      ...Object.entries(lines).map(([key, value]) => `${key} ${value}`),
      // Off but allowed everything: what is loaded from the append-only file runs as this one.
      "user default off ~* &* +@all",
      `user ${name} on >${password} ${SAYING}`,
      ...redisUsers(passwords, name)
        .filter((user) => user.name === counter.user)
        .map((user) => `user ${user.name} ${user.rules.join(" ")}`),
      `user replica on >${password} -@all +ping +sync +psync +replconf`,
    ];
    await writeFile(join(folder, `${name}.conf`), `${conf.join("\n")}\n`, { mode: 0o600 });
    const way = wayTo(host, from, port);
    const log = join(folder, `${name}.log`);
    await writeFile(log, "");
    nodes.push(
      nodeOf({
        container,
        engine,
        name,
        from,
        way,
        log,
        data: join(folder, name),
        address: `${host}:${port}`,
      }),
    );
  }
  const [usernameFile, passwordFile] = [join(folder, "username"), join(folder, "password")];
  await writeFile(usernameFile, counter.user);
  await writeFile(passwordFile, counter.password, { mode: 0o600 });
  await Promise.all(nodes.map((node) => node.start()));
  return {
    nodes,
    port,
    password,
    env: {
      [counterEnvironment.redisHosts]: nodes.map(({ name, address }) => `${name}=${address}`).join(","),
      [counterEnvironment.redisUsernameFile]: usernameFile,
      [counterEnvironment.redisPasswordFile]: passwordFile,
    },
    async remove() {
      for (const node of nodes) if (node.isRunning()) await node.way.close();
      await container.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Parts extends Pick<TestNode, "name" | "address" | "from" | "way"> {
  container: Container;
  engine: RedisEngine;
  log: string;
  data: string;
}

function nodeOf({ container, engine, name, address, from, way, log, data }: Parts): TestNode {
  let pid: string | undefined;
  let starts = 0;
  const output = () => readFile(log, "utf8");
  const signal = async (what: string) => void (await container.exec("kill", `-${what}`, pid ?? ""));
  return {
    name,
    address,
    from,
    way,
    isRunning: () => pid !== undefined,
    output,
    async kill() {
      const ending = pid ?? "";
      await signal("KILL");
      pid = undefined;
      await way.close();
      const isGone = () => container.exec("sh", "-c", `! kill -0 ${ending} 2>/dev/null`).then(() => true);
      await until(`${name} has ended`, isGone, { everyMs: 5 });
    },
    halt: () => signal("STOP"),
    goOn: () => signal("CONT"),
    async start() {
      starts += 1;
      const command = `${engine}-server /nodes/${name}.conf >>/nodes/${name}.log 2>&1 </dev/null & echo $!`;
      pid = (await container.exec("sh", "-c", command)).trim();
      const serves = async () => (await output()).split("Ready to accept connections").length > starts;
      await until(`${name} serves`, serves, { everyMs: 10 }).catch(async (cause) => {
        throw new Error(`${name} does not run:\n${await output()}`, { cause });
      });
      await way.open();
    },
    wipe: async () => {
      await rm(data, { recursive: true });
      await mkdir(data);
    },
  };
}
