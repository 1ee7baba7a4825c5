import { Redis, ReplyError } from "ioredis";
import { inWords, type Log } from "./logger.ts";

/** The one connection to Redis. Its commands are sent at once or not at all, and never twice. */
export interface RedisLink {
  /** Whether a command would be sent now. */
  isReady(): boolean;
  /** Calls back each time the connection has become ready. */
  onReady(callback: () => void): void;
  /**
   * Adds to the count and resolves to the new total. Rejects with Unsent or Refused when nothing was added;
   * after any other error it may or may not have been.
   */
  add(hits: number): Promise<number>;
  /** The count, 0 before the first hit; rejects as `add` does. */
  total(): Promise<number>;
  /** Ends the connection for good. */
  close(): void;
}

/** The command never left: there is no connection. */
export class Unsent extends Error {}

/** Redis answered with an error instead of executing the command. */
export class Refused extends Error {}

/** What a connection needs. `readPassword` is called before each connect. */
export interface RedisLinkOptions {
  host: string;
  port: number;
  readPassword: () => string | undefined;
  answerSeconds: number;
  log: Log;
  random: () => number;
}

/** The key of the count; the database is this one counter's alone. */
const countKey = "hits";

const CONNECT_TIMEOUT = 2_000; // ms: a replaced pod's address may swallow packets, and its name lead elsewhere by now
const MAX_BACKOFF = 500; // ms: a returning Redis is found within this time

/** Milliseconds before the next connect, after so many failures in a row: doubling, capped, with jitter. */
export const backoff = (failures: number, random: () => number): number =>
  Math.round(Math.min(MAX_BACKOFF, 25 * 2 ** Math.min(failures, 10)) * (0.5 + random() / 2));

/** Connects to Redis and stays connected, whatever happens to it. */
export function connectRedis({
  host,
  port,
  readPassword,
  answerSeconds,
  log,
  random,
}: RedisLinkOptions): RedisLink {
  const password = readPassword();
  const redis = new Redis({
    host,
    port,
    ...(password === undefined ? {} : { password }),
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
      setPassword(redis, readPassword);
      return backoff(failures, random);
    },
  });
  logChanges(redis, log);

  const send = async (command: () => Promise<string | number | null>): Promise<number> => {
    if (!isReady()) {
      throw new Unsent("Redis is not connected");
    }
    try {
      const reply = Number(await command());
      if (!Number.isSafeInteger(reply)) {
        throw new Refused(`the key ${countKey} does not hold a count`);
      }
      return reply;
    } catch (error) {
      throw error instanceof ReplyError ? new Refused(inWords(error)) : error;
    }
  };
  const isReady = () => redis.status === "ready" && redis.stream.writable;

  return {
    isReady,
    onReady: (callback) => void redis.on("ready", callback),
    add: (hits) => send(() => redis.incrby(countKey, hits)),
    total: () => send(() => redis.get(countKey)),
    close: () => redis.disconnect(),
  };
}

/** Takes the password of now; one that cannot be read leaves the last one in place. */
const setPassword = (redis: Redis, readPassword: () => string | undefined) => {
  const password = readPassword();
  if (password !== undefined) {
    redis.options.password = password;
  }
};

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
