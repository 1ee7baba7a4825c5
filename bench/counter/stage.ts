import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { Redis } from "ioredis";
import { hasEnded } from "../../cluster/processes.ts";
import { counterEnvironment, pagesPath, saltBytes, saltFile } from "../../counter/contract.ts";
import { countKey, pagesKey } from "../../counter/data.ts";
import { freePort } from "../../test/support/freePort.ts";
import { startNginxServer } from "../../test/support/nginxServer.ts";
import { startRedisServer } from "../../test/support/redisServer.ts";
import { takesConnections } from "../../test/support/takesConnections.ts";
import { until } from "../../test/support/until.ts";
import { pinTree, treeOf } from "../support/processTree.ts";
import type { Contender, ProgramName } from "./contenders.ts";
import { ensureLoadClient } from "./peers.ts";
import { makeProgram, type Program } from "./programs.ts";

/** What is up throughout: a Redis of each durability, nginx before the port that programs serve on, and the client. */
export interface Stage {
  readonly client: string;
  /** Where nginx serves. */
  readonly proxyPort: number;
  /** Starts a program and waits until it listens. */
  start(contender: Contender): Promise<Running>;
  /** The count in this Redis, or that of the page; undefined for none. */
  count(durability: Contender["durability"], page: boolean): Promise<number | undefined>;
  close(): Promise<void>;
}

/** A program under way. */
export interface Running {
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * One core for all that serves, the proxy and Redis too, so that what a program saves these counts for it; and one for
 * whoever asks, which must never be what is waited for.
 */
const cores = { serving: 0, asking: 1 };

/** A page that is counted apart, and its path. */
const PAGE = "about";
export const PAGE_PATH = `${pagesPath}${PAGE}`;

const ANSWER = "Holla! we have hit 1234567 times\\n";

/** Builds the programs and starts what stays up. */
export async function setStage(names: readonly ProgramName[]): Promise<Stage> {
  await pinTree(process.pid, cores.asking); // and so all that it starts
  const port = await freePort();
  const programs = new Map<ProgramName, Program | undefined>();
  for (const name of names) programs.set(name, await makeProgram(name, port));
  const client = await ensureLoadClient();

  const started: { remove(): Promise<void> }[] = [];
  const start = async <T extends { pid(): Promise<number>; remove(): Promise<void> }>(
    starting: Promise<T>,
  ) => {
    const running = await starting;
    started.push(running);
    await pinTree(await running.pid(), cores.serving);
    return running;
  };
  const salts = await makeSalts();
  const close = async () => {
    await Promise.all(started.map((each) => each.remove()));
    await rm(salts, { recursive: true });
  };
  try {
    const proxy = await start(startNginxServer([`127.0.0.1:${port}`]));
    const constant = await start(startNginxServer([`127.0.0.1:${port}`], { change: answeringItself }));
    const redis = {
      always: await start(startRedisServer({ durability: "always" })),
      everysec: await start(startRedisServer({ durability: "everysec" })),
    };
    const readers = { always: readerOf(redis.always), everysec: readerOf(redis.everysec) };
    const portOf = ({ url }: { url: string }) => Number(new URL(url).port);
    return {
      client,
      proxyPort: portOf(proxy),
      async start({ program: name, durability, page, visitors }) {
        const program = programs.get(name);
        if (program === undefined) {
          return { pid: await constant.pid(), port: portOf(constant), stop: async () => {} };
        }
        const env = {
          ...((page || visitors) && { [counterEnvironment.maxPages]: "1" }),
          ...(visitors && { [counterEnvironment.visitorSaltFolder]: salts }),
        };
        return startProgram(program, {
          PORT: `${port}`,
          REDIS_PORT: `${redis[durability ?? "everysec"].port}`,
          ...env,
        });
      },
      async count(durability, page) {
        if (durability === undefined) return undefined;
        const reader = readers[durability];
        return Number((await (page ? reader.hget(pagesKey, PAGE) : reader.get(countKey))) ?? 0);
      },
      async close() {
        for (const reader of Object.values(readers)) reader.disconnect();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The product's configuration, but for the answer to a hit, which is nginx's own. */
const answeringItself = (conf: string) =>
  conf.replace("location = / { proxy_pass http://counter; }", `location = / { return 200 "${ANSWER}"; }`);

/** A folder with the salts of today and tomorrow, as a counter has it. */
async function makeSalts(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "hitcounter-salts-"));
  for (const ahead of [0, 86_400_000]) {
    await writeFile(join(folder, saltFile(new Date(Date.now() + ahead))), randomBytes(saltBytes));
  }
  return folder;
}

const readerOf = ({ port }: { port: number }) => new Redis({ port });

async function startProgram(
  { command, env }: Program,
  more: { PORT: string; REDIS_PORT: string },
): Promise<Running> {
  const port = Number(more.PORT);
  const child = spawn("taskset", ["-c", `${cores.serving}`, ...command], {
    env: {
      PATH: process.env.PATH ?? "",
      HOME: process.env.HOME ?? "",
      ...env,
      ...more,
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors = `${errors}${text}`.slice(-10_000);
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command[0]} could not be started`);
  await until(`${command.join(" ")} listens`, () => !hasEnded(child) && takesConnections(port), {
    everyMs: 20,
  }).catch((cause) => {
    child.kill("SIGKILL");
    throw new Error(`It does not serve:\n${errors}`, { cause });
  });
  return {
    pid,
    port,
    async stop() {
      // At once: nobody is left to drain for. And each, for a child that outlives its parent serves on.
      for (const each of await treeOf(pid)) process.kill(each, "SIGKILL");
      const isGone = async () => hasEnded(child) && !(await takesConnections(port));
      await until("the program has ended", isGone, { everyMs: 10, withinSeconds: 10 });
    },
  };
}
