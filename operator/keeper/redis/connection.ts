import { Redis, ReplyError } from "ioredis";
import type { Clock } from "../clock.ts";
import type { NoAnswer } from "../types.ts";
import { hostAndPort } from "./address.ts";

/** A command and its arguments. */
export type Command = readonly [name: string, ...args: (string | number)[]];

/**
 * Sends commands at once, and returns what was answered to each, errors too. `acts` says that they may change something.
 * Throws {@link NoReply} where an answer is missing.
 */
export type Send = (commands: readonly Command[], acts?: "acts") => Promise<readonly unknown[]>;

/** A connection that stays, or is made again. What is said on it is said once, or not at all. */
export interface Connection {
  /** Talks to the node while nobody else does on this connection; throws {@link NoReply} where that takes longer (ms). */
  exchange<T>(ms: number, talk: (send: Send) => Promise<T>): Promise<T>;
  /** Ends it for good; what is being said is cut off. */
  close(): void;
}

/** An answer is missing. */
export class NoReply extends Error {
  /** Whether what was said may have been done all the same. */
  readonly mayHaveActed: boolean;
  constructor(why: string, mayHaveActed: boolean) {
    super(why);
    this.mayHaveActed = mayHaveActed;
  }
}

/** By which user and password a node is spoken to. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** What a connection needs. */
export interface ConnectionOptions {
  readonly address: string;
  /** Read before each connect. */
  readonly readCredentials: () => Credentials | undefined;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Told each time the connection has come about, or is lost. */
  readonly onChange: () => void;
}

const CONNECT_TIMEOUT_MS = 1_000; // a node that is gone swallows packets
const FIRST_BACKOFF_MS = 25;
const LONGEST_BACKOFF_MS = 500; // a node that is back is found within this time

/** Milliseconds before the next connect, after so many failures in a row (1 for the first): doubling, capped, with jitter. */
export const reconnectMs = (failures: number, random: () => number): number =>
  Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(failures - 1, 10)) * (0.5 + random() / 2);

/** Connects to a node, and stays connected whatever happens to it. */
export function connectTo(options: ConnectionOptions): Connection {
  const { address, readCredentials, clock, random, onChange } = options;
  // Since it last answered: a node that takes the connection and refuses the password has not.
  let failures = 0;
  let refusal: Error | undefined;
  const redis = new Redis({
    ...hostAndPort(address),
    ...readCredentials(),
    connectionName: "hitcounter-keeper",
    protocol: 2,
    connectTimeout: CONNECT_TIMEOUT_MS,
    disconnectTimeout: 1, // a node that is silent does not end its side
    // Looks find out whether it has loaded its data: ioredis would wait for that by whole seconds.
    enableReadyCheck: false,
    disableClientInfo: true,
    // Together these three: a command is written at once or fails unsent, is never sent again, and is rejected when the
    // connection is lost.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => {
      failures += 1;
      Object.assign(redis.options, readCredentials());
      return reconnectMs(failures, random);
    },
  });
  redis.on("error", (error) => {
    if (error instanceof ReplyError) refusal = error;
  });
  redis.on("ready", onChange).on("close", onChange);

  let last: Promise<unknown> = Promise.resolve();
  return {
    async exchange(ms, talk) {
      const before = last;
      const over = Promise.withResolvers<never>();
      let mayHaveActed = false;
      let began = false;
      let isOver = false;
      const noReply = (why: string) => new NoReply(why, mayHaveActed);
      const cancel = clock.after(ms, () => {
        isOver = true;
        over.reject(noReply(`no answer within ${ms} ms`));
        // What comes late would be taken for the answer to what is said next.
        if (began && redis.status === "ready") redis.stream.destroy();
      });
      const send: Send = async (commands, acts) => {
        if (isOver) throw noReply("it is too late");
        if (redis.status !== "ready" || !redis.stream.writable) {
          throw refusal ?? noReply("there is no connection");
        }
        mayHaveActed ||= acts === "acts";
        const answers = await repliesTo(redis, commands, noReply);
        if (!answers.every((answer) => answer instanceof Error)) {
          failures = 0;
          refusal = undefined;
        }
        return answers;
      };
      const run = before.then(() => {
        began = true;
        return isOver ? over.promise : talk(send);
      });
      last = Promise.race([run, over.promise]).catch(() => {});
      try {
        return await Promise.race([run, over.promise]);
      } finally {
        cancel();
      }
    },
    close: () => redis.disconnect(),
  };
}

/** What is answered to each command, errors too. One alone goes without a pipeline: looks are most of what is said. */
async function repliesTo(
  redis: Redis,
  commands: readonly Command[],
  noReply: (why: string) => NoReply,
): Promise<readonly unknown[]> {
  const orError = (error: Error) => {
    if (error instanceof ReplyError) return error;
    throw noReply(error.message);
  };
  const [[name, ...words] = ["ping"], ...more] = commands;
  if (more.length === 0) return [await redis.call(name, ...words).catch(orError)];
  const replies = await redis.pipeline(commands.map((command) => [...command])).exec();
  return (replies ?? []).map(([error, reply]) => (error === null ? reply : orError(error)));
}

/** What an error that Redis answered with says of the node. */
export function refusalIn(error: Error): NoAnswer {
  return error.message.startsWith("LOADING") ? { kind: "loading" } : { kind: "refused", why: error.message };
}
