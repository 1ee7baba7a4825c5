import { createServer } from "node:net";
import process from "node:process";
import { findEngine } from "../../cluster/engine.ts";
import { ensureBaseImages } from "../../cluster/images/base.ts";
import { terminalProgress } from "../../cluster/progress.ts";
import { run, tryRun } from "../../cluster/shell.ts";
import { until } from "./until.ts";

/** A real Redis, of the image that the product uses, on a loopback port. */
export interface RedisServer {
  port: number;
  /** Sends a command with redis-cli and returns its answer. */
  command(...words: string[]): Promise<string>;
  /** Ends it with this signal; its data stays. */
  kill(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
  /** Starts it again, with its data. */
  start(): Promise<void>;
  /** Removes it and its data. */
  remove(): Promise<void>;
}

/** Starts a Redis that syncs each write to disk before it answers. */
export async function startRedisServer(): Promise<RedisServer> {
  const progress = terminalProgress();
  const engine = await findEngine(progress);
  const { redis: image } = await ensureBaseImages(engine, progress);
  const port = await freePort();
  const name = `hitcounter-test-redis-${process.pid}`;
  const call = (...args: string[]) => run(engine.command, args, { env: engine.env });
  const durable = ["--appendonly", "yes", "--appendfsync", "always", "--protected-mode", "no"];
  const publish = `127.0.0.1:${port}:6379`;
  await call("run", "--detach", "--name", name, "--publish", publish, image, "redis-server", ...durable);

  const command = async (...words: string[]) =>
    (await call("exec", name, "redis-cli", "--raw", ...words)).trim();
  const isUp = () => until("Redis answers", async () => (await command("ping")) === "PONG", { everyMs: 50 });
  await isUp();
  return {
    port,
    command,
    async kill(signal) {
      await call("kill", "--signal", signal, name);
      await call("wait", name);
    },
    async start() {
      await call("start", name);
      await isUp();
    },
    async remove() {
      await tryRun(engine.command, ["rm", "--force", "--volumes", name], { env: engine.env });
    },
  };
}

const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const server = createServer().on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
