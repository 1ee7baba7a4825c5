import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { counterEnvironment } from "../../counter/contract.ts";
import { redisEnvironment } from "../../operator/desired/redisCommand.ts";
import { AUTH_CONF_KEY, redisSecret } from "../../operator/desired/redisSecret.ts";
import { redisStatefulSet } from "../../operator/desired/redisStatefulSet.ts";
import { hitCounterWith, inputsFor } from "../../operator/testing/fixtures.ts";
import { mountPath, startContainer } from "./container.ts";
import { freePort } from "./freePort.ts";
import { until } from "./until.ts";
import { valkeyRecipe } from "./valkeyImage.ts";

/** A real Redis, of the image and with the settings that the product uses, on a loopback port. */
export interface RedisServer {
  port: number;
  /** Environment of a counter that counts in it. */
  env: Record<string, string>;
  /** The folder of its data on this machine. */
  dataFolder: string;
  /** Sends a command with redis-cli and returns its answer. */
  command(...words: string[]): Promise<string>;
  /** Ends it with this signal; its data stays. */
  kill(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
  /** Halts it in the middle of whatever it does. */
  pause(): Promise<void>;
  /** Lets it go on after a pause. */
  resume(): Promise<void>;
  /** Starts it again, with its data and on its port, and waits until it answers. */
  start(): Promise<void>;
  /** Starts it when it will not stay: waits until it has ended, and returns the last line that it printed. */
  startToFail(): Promise<string>;
  /** What it logged. */
  output(): Promise<string>;
  /** Its process now. */
  pid(): Promise<number>;
  /** Removes it and its data. */
  remove(): Promise<void>;
}

/** The image of each that it may be. */
export const engineImages = { redis: "redis", valkey: valkeyRecipe } as const;
/** Which of the two it is. */
export type RedisEngine = keyof typeof engineImages;
/** Both, for what holds with either. */
export const redisEngines = Object.keys(engineImages) as RedisEngine[];

/** What a test may want otherwise. */
export interface RedisServerOptions {
  /** Default `redis`. */
  engine?: RedisEngine;
  durability?: "always" | "everysec";
  /** Whether it has the product's users, and counters are one. Default false. */
  password?: boolean;
  /** Further settings, which win over the product's. */
  settings?: Readonly<Record<string, string>>;
  /** Bytes it may use; none is no limit. */
  memory?: number;
  /** Environment of its process. */
  env?: Readonly<Record<string, string>>;
  /** Folders of this machine, by the path at which it sees them. */
  mounts?: Readonly<Record<string, string>>;
}

/** Starts a Redis as the product runs it. */
export async function startRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  const { engine = "redis", durability = "always", password: hasPassword = false } = options;
  const inputs = inputsFor(hitCounterWith({ redis: { durability } }));
  const folder = await mkdtemp(join(tmpdir(), "hitcounter-redis-"));
  const [dataFolder, authFolder] = [join(folder, "data"), join(folder, "auth")];
  for (const each of [dataFolder, authFolder]) await mkdir(each);
  const { user, password } = hasPassword ? inputs.passwords.current : {};
  const authConf = Buffer.from(redisSecret(inputs).data?.[AUTH_CONF_KEY] ?? "", "base64");
  await writeFile(join(authFolder, AUTH_CONF_KEY), password ? authConf : "");
  await writeFile(join(authFolder, "password"), password ?? "");
  await writeFile(join(authFolder, "username"), user ?? "");

  const port = await freePort();
  const product = redisStatefulSet(inputs).spec?.template.spec?.containers[0];
  if (product?.command === undefined) throw new Error("The product's Redis has no command");
  const settings = { port: `${port}`, bind: "127.0.0.1", "protected-mode": "no", ...options.settings };
  const more = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const auth = password ? { REDISCLI_AUTH: password } : {};
  const container = await startContainer({
    name: engine,
    image: engineImages[engine],
    command: [...product.command, ...more],
    mounts: {
      [mountPath(product, "data")]: dataFolder,
      [mountPath(product, "auth")]: authFolder,
      ...options.mounts,
    },
    env: { ...auth, [redisEnvironment.memory]: `${options.memory ?? 0}`, ...options.env },
    asMyself: true,
  });
  const isUp = () => until("Redis answers", () => answersPing(port, password), { everyMs: 10 });
  await isUp().catch(async (cause) => {
    throw new Error(`Redis does not run:\n${await container.output()}`, { cause });
  });
  return {
    port,
    env: {
      [counterEnvironment.redisPort]: `${port}`,
      ...(password && {
        [counterEnvironment.redisUsernameFile]: join(authFolder, "username"),
        [counterEnvironment.redisPasswordFile]: join(authFolder, "password"),
      }),
    },
    dataFolder,
    command: async (...words) =>
      (await container.exec("redis-cli", "-p", `${port}`, "--raw", ...words)).trim(),
    async kill(signal) {
      await container.signal(signal);
      await container.ended();
    },
    pause: () => container.signal("SIGSTOP"),
    resume: () => container.signal("SIGCONT"),
    async start() {
      await container.start();
      await isUp();
    },
    async startToFail() {
      await container.start();
      await container.ended();
      return (await container.output()).trim().split("\n").at(-1) ?? "";
    },
    output: () => container.output(),
    pid: () => container.pid(),
    async remove() {
      await container.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Whether Redis executes commands: not when it is away, and not while it loads. */
const answersPing = (port: number, password: string | undefined) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let reply = "";
    socket.setTimeout(1000, () => socket.destroy());
    socket.on("error", () => {}); // "close" follows
    socket.on("close", () => resolve(reply.includes("+PONG")));
    socket.setEncoding("utf8").on("data", (text: string) => {
      reply += text;
    });
    socket.write(`${password ? `AUTH ${password}\r\n` : ""}PING\r\nQUIT\r\n`);
  });
