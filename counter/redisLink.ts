import { Redis, ReplyError } from "ioredis";
import type { ScriptCall } from "./batch.ts";
import type { Credentials } from "./credentials.ts";
import { answerTo, backoff, type RedisLink, Refused, Unsent } from "./link.ts";
import { inWords, type Log } from "./logger.ts";
import { authenticate, renewCredentials } from "./renewal.ts";

/** What a connection needs. `readCredentials` is called before each connect, and every second while there is one. */
export interface RedisLinkOptions {
  host: string;
  port: number;
  readCredentials: () => Credentials | undefined;
  answerSeconds: number;
  log: Log;
  random: () => number;
}

const CONNECT_TIMEOUT = 1_000; // ms: a replaced pod's address may swallow packets, and its name lead elsewhere by now

/** Connects to the one Redis there is and stays connected, whatever happens to it. */
export function connectRedis({
  host,
  port,
  readCredentials,
  answerSeconds,
  log,
  random,
}: RedisLinkOptions): RedisLink {
  const credentials = renewCredentials({
    read: readCredentials,
    isReady: () => isReady(),
    authenticate: (read) => authenticate(redis, read),
    log,
  });
  const redis = new Redis({
    host,
    port,
    ...credentials.latest(),
    connectionName: "hitcounter-counter",
    protocol: 2,
    connectTimeout: CONNECT_TIMEOUT,
    // ioredis destroys the connection when a command gets no answer for this long: a dead peer sends no reset.
    socketTimeout: answerSeconds * 1000,
    keepAlive: 10_000,
    // Three settings that go together. Without an offline queue a command is written at once or fails unsent.
    // Without resending, one whose answer was lost is not executed twice. And 0 retries rejects it when the
    // connection closes; otherwise its promise would never settle.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (failures) => {
      Object.assign(redis.options, { username: undefined, ...credentials.latest() });
      return backoff(failures, random);
    },
  });
  logChanges(redis, log);

  const run = async (command: "evalsha" | "eval", code: string, call: ScriptCall) =>
    answerTo(call, await redis[command](code, call.keys.length, ...call.keys, ...call.args));
  const evaluate = async (call: ScriptCall) => {
    if (!isReady()) {
      throw new Unsent("Redis is not connected");
    }
    try {
      try {
        return await run("evalsha", call.script.digest, call);
      } catch (error) {
        // A Redis that was restarted, or another one: it learns the script by executing it.
        if (!inWords(error).startsWith("NOSCRIPT")) {
          throw error;
        }
        return await run("eval", call.script.text, call);
      }
    } catch (error) {
      if (!(error instanceof ReplyError)) {
        throw error;
      }
      // No master any more: behind the same name there may be another one by now.
      const words = inWords(error);
      if (words.startsWith("READONLY")) {
        redis.disconnect(true);
      }
      throw new Refused(words);
    }
  };
  const isReady = () => redis.status === "ready" && redis.stream.writable;

  return {
    isReady,
    onReady: (callback) => void redis.on("ready", callback),
    evaluate,
    close: () => {
      credentials.stop();
      redis.disconnect();
    },
  };
}

/** Logs each loss and return of Redis once, however many attempts lie between. */
const logChanges = (redis: Redis, log: Log) => {
  let lastError = "";
  let lostAt: number | undefined;
  redis.on("error", (error: unknown) => {
    const words = inWords(error);
    if (words !== lastError) {
      lastError = words;
      log("warn", "No connection to Redis", { error: words });
    }
  });
  redis.on("close", () => {
    if (lostAt === undefined) {
      lostAt = performance.now();
      log("warn", "Lost the connection to Redis");
    }
  });
  redis.on("ready", () => {
    const away = lostAt === undefined ? {} : { awaySeconds: Math.round(performance.now() - lostAt) / 1000 };
    lostAt = undefined;
    lastError = "";
    log("info", "Connected to Redis", away);
  });
};
