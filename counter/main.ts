import { randomBytes } from "node:crypto";
import process from "node:process";
import { createApp } from "./app.ts";
import { believedCount } from "./believedCount.ts";
import { readSettings, type Settings } from "./config.ts";
import { credentialsReader } from "./credentials.ts";
import { dailySalt } from "./dailySalt.ts";
import { createFloor } from "./floor.ts";
import { redisHits } from "./hits.ts";
import { jsonLog } from "./logger.ts";
import { createMetrics } from "./metrics.ts";
import { connectRedis } from "./redisLink.ts";
import { connectRedisOfThree } from "./redisOfThree/link.ts";
import { CounterServer } from "./server.ts";
import { createShutdown } from "./shutdown.ts";
import { createVisitors } from "./visitors.ts";

/** What is in hand when the listener closes may wait for Redis to its last; then it is written. */
const WRITE_SECONDS = 1;

/** With `everysec` Redis fsyncs every second, and up to two seconds late where the disk is slow. */
const EVERYSEC_LOSES_SECONDS = 3;
/** All counters find a Redis that is back within this time: connects are tried twice a second. */
const SETTLE_SECONDS = 1;

const log = jsonLog(
  (line) => process.stdout.write(line),
  () => Date.now(),
);
const now = () => performance.now();

/** Wires the counter together and serves until it is told to stop. */
function main(settings: Settings): void {
  const { redis, believedCountFile, visitorSaltFolder, patienceSeconds, maxPages } = settings;
  const { message, version, drain, keepAliveSeconds } = settings;
  const readCredentials = credentialsReader(redis, log);
  const { copies } = redis;
  const onFind = (result: "found" | "none") => metrics.looked(result);
  const way = { ...redis, readCredentials, log, random: Math.random };
  const link = copies === undefined ? connectRedis(way) : connectRedisOfThree({ ...way, copies, onFind });
  const writer = randomBytes(8).toString("hex");
  const mayLose = redis.durability === "everysec";
  const floor = createFloor({
    believed: believedCount(believedCountFile, log),
    mayLoseSeconds: mayLose ? EVERYSEC_LOSES_SECONDS : 0,
    now,
  });
  const settleSeconds = mayLose ? SETTLE_SECONDS : 0;
  const onWaited = (seconds: number) => metrics.waited(seconds);
  const onUnsure = () => metrics.unsure();
  const visitors =
    visitorSaltFolder === undefined
      ? undefined
      : createVisitors({
          saltOf: dailySalt({ folder: visitorSaltFolder, log, now }),
          now: () => Date.now(),
          onUncounted: (reason, hits) => metrics.uncounted(reason, hits),
        });
  const counting = { link, log, floor, settleSeconds, writer, visitors, onWaited, onUnsure };
  const hits = redisHits({ ...settings, ...counting });
  const metrics = createMetrics({
    version,
    waiting: hits.waiting,
    longestWait: hits.longestWait,
    redisReady: link.isReady,
    goneBack: hits.goneBack,
  });

  const stopping = () => shutdown.stopping();
  const onVisit = () => shutdown.visited();
  const app = createApp({ hits, maxPages, metrics, log, message, version, stopping, onVisit, now });
  const server = new CounterServer(app);
  const shutdown = createShutdown({
    server,
    log,
    now,
    ...drain,
    finishSeconds: patienceSeconds + redis.answerSeconds + WRITE_SECONDS,
  });
  server.keepAliveTimeout = keepAliveSeconds * 1000;
  // Node.js has closed connections by this limit while they idled; above the other one it never can.
  server.headersTimeout = (keepAliveSeconds + 5) * 1000;
  server.on("error", (error) => {
    log("error", "Cannot serve", { error });
    process.exit(1);
  });
  server.listen(settings.port, () => {
    const address = server.address();
    const port = typeof address === "object" ? address?.port : address;
    log("info", "Serving", { port, version, redis: addressesOf(copies ?? [redis]) });
  });

  const stop = async () => {
    await shutdown.stop();
    link.close();
    process.exit(0);
  };
  process.on("SIGTERM", () => void stop());
  process.on("SIGINT", () => void stop());
}

const addressesOf = (all: readonly { host: string; port: number }[]) =>
  all.map(({ host, port }) => `${host}:${port}`).join(",");

try {
  main(readSettings(process.env));
} catch (error) {
  log("error", "Cannot start", { error });
  process.exitCode = 1;
}
