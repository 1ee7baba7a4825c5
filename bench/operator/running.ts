import { spawn } from "node:child_process";
import process from "node:process";
import { hasEnded } from "../../cluster/processes.ts";
import { until } from "../../test/support/until.ts";
import { connectionsOf } from "../support/connections.ts";
import { type Usage, usageOf } from "../support/processUsage.ts";
import type { Contender } from "./contenders.ts";

/** A contender under way. */
export interface Running {
  /** When it was started, as `Date.now()` tells it. */
  readonly startedAt: number;
  /** Resolves with how long it took from its start until it was ready, in seconds. */
  readonly ready: Promise<number>;
  usage(): Promise<Usage>;
  /** Connections to the API server that were seen so far, looked for every 50 ms. */
  readonly connections: number;
  /** Throws if it has ended, with what it printed. */
  check(): void;
  /** Asks it to end and waits until it has. */
  stop(): Promise<void>;
}

const LOOK_MS = 50;
const STOP_SECONDS = 30;

/** Starts a contender on a cluster. */
export function start(contender: Contender, cluster: { kubeconfig: string; server: string }): Running {
  const [program, ...args] = contender.command;
  const startedAt = Date.now();
  const child = spawn(program, [...args, "--kubeconfig", cluster.kubeconfig], {
    env: { ...process.env, ...contender.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} could not be started`);
  let tail = "";
  const ready = Promise.withResolvers<number>();
  const isReady = `"msg":${JSON.stringify(contender.readyMessage)}`;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      tail = `${tail}${text}`.slice(-10_000);
      if (tail.includes(isReady)) ready.resolve((Date.now() - startedAt) / 1000);
    });
  }
  const gone = () => new Error(`${contender.name} has ended:\n${tail}`);
  child.once("exit", () => ready.reject(gone()));
  ready.promise.catch(() => {}); // whoever waits for it sees it

  const port = Number(new URL(cluster.server).port);
  const seen = new Set<string>();
  const look = setInterval(() => {
    connectionsOf(pid, port).then(
      (inodes) => {
        for (const inode of inodes) seen.add(inode);
      },
      () => {}, // it has ended
    );
  }, LOOK_MS);

  return {
    startedAt,
    ready: ready.promise,
    usage: () => usageOf(pid),
    get connections() {
      return seen.size;
    },
    check: () => {
      if (hasEnded(child)) throw gone();
    },
    stop: async () => {
      clearInterval(look);
      child.kill("SIGTERM");
      await until(`${contender.name} has ended`, () => hasEnded(child), {
        withinSeconds: STOP_SECONDS,
      }).catch((error: unknown) => {
        child.kill("SIGKILL");
        throw error;
      });
    },
  };
}
