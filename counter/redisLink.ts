import { isDeepStrictEqual } from "node:util";
import { Redis, ReplyError } from "ioredis";
import type { ScriptCall } from "./batch.ts";
import type { Credentials } from "./credentials.ts";
import { inWords, type Log } from "./logger.ts";
import { type LookAnswer, lookScript } from "./look.ts";

/** The one connection to Redis. Its commands are sent at once or not at all, and never twice. */
export interface RedisLink {
  /** Whether a command would be sent now. */
  isReady(): boolean;
  /** Calls back each time the connection has become ready. */
  onReady(callback: () => void): void;
  /**
   * Runs a script. Rejects with Unsent or Refused when it changed nothing; after any other error it may or may not
   * have.
   */
  evaluate(call: ScriptCall): Promise<LookAnswer>;
  /** Ends the connection for good. */
  close(): void;
}

/** The command never left: there is no connection. */
export class Unsent extends Error {}

/** Redis answered with an error instead of executing the command. */
export class Refused extends Error {}

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
const RENEW_MS = 1_000; // how often the connection is looked after that has other credentials than are to be read
const MAX_BACKOFF = 250; // ms: a returning Redis is found within this time

/** Milliseconds before the next connect, after so many failures in a row: doubling, capped, with jitter. */
export const backoff = (failures: number, random: () => number): number =>
  Math.round(Math.min(MAX_BACKOFF, 25 * 2 ** Math.min(failures, 10)) * (0.5 + random() / 2));

/** Connects to Redis and stays connected, whatever happens to it. */
export function connectRedis({
  host,
  port,
  readCredentials,
  answerSeconds,
  log,
  random,
}: RedisLinkOptions): RedisLink {
  let known = readCredentials();
  const redis = new Redis({
    host,
    port,
    ...known,
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
      known = readCredentials() ?? known;
      Object.assign(redis.options, { username: undefined, ...known });
      return backoff(failures, random);
    },
  });
  logChanges(redis, log);

  // Redis takes other credentials on the connection there is: no command waits for it, and none is lost.
  let refused: Credentials | undefined;
  const renew = async () => {
    const read = readCredentials();
    if (read === undefined || isDeepStrictEqual(read, known) || !isReady()) {
      return;
    }
    try {
      await (read.username === undefined
        ? redis.auth(read.password)
        : redis.auth(read.username, read.password));
      known = read;
      Object.assign(redis.options, { username: undefined, ...known });
      log("info", "Redis took another password", { user: read.username });
    } catch (error) {
      // Those it has are good still, or the connection would be lost.
      if (!isDeepStrictEqual(read, refused)) {
        log("warn", "Redis does not take the password that is to be read", { error: inWords(error) });
      }
      refused = read;
    }
  };
  const renewing = setInterval(() => void renew(), RENEW_MS);
  renewing.unref();

  const run = async (command: "evalsha" | "eval", code: string, { script, keys, args }: ScriptCall) => {
    const reply: unknown = await redis[command](code, keys.length, ...keys, ...args);
    if (
      !Array.isArray(reply) ||
      !reply.every(script === lookScript ? isNumberOrText : Number.isSafeInteger)
    ) {
      throw new Error("Redis answered with something else than numbers");
    }
    return reply as LookAnswer;
  };
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
      clearInterval(renewing);
      redis.disconnect();
    },
  };
}

const isNumberOrText = (each: unknown) => typeof each === "string" || Number.isSafeInteger(each);

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
