import type { ScriptCall } from "../batch.ts";
import type { Credentials } from "../credentials.ts";
import { backoff, type RedisLink, Unsent } from "../link.ts";
import { inWords, type Log } from "../logger.ts";
import { renewCredentials } from "../renewal.ts";
import { type LookUp, rememberAddresses } from "./addresses.ts";
import { confirmed, isToBeLeft } from "./confirmation.ts";
import { type Connect, connectToCopy } from "./connection.ts";
import type { Copy } from "./copies.ts";
import { findPrimary, type Primary } from "./find.ts";
import { inFewWords, ledBy } from "./primary.ts";

/** What the way to three copies needs. */
export interface LinkOfThreeOptions {
  copies: readonly Copy[];
  readCredentials: () => Credentials | undefined;
  /** How long the primary may leave a command unanswered: a second at most, as another one may count by then. */
  answerSeconds: number;
  log: Log;
  random: () => number;
  /** Told each time that the copies were asked which one is primary. */
  onFind?: (result: "found" | "none") => void;
  lookUp?: LookUp;
  connect?: Connect;
}

/** What Redis waits for itself, 400 ms each for two things, is shorter: it answers one and then the other (ms). */
const MOST_ANSWER_MS = 1_000;

/**
 * Finds the primary of three copies and stays connected to it; whenever that is not the primary any more, or may not be,
 * finds it again. Nothing is answered but what is on the disks of two.
 */
export function connectRedisOfThree(options: LinkOfThreeOptions): RedisLink {
  const { copies, readCredentials, answerSeconds, log, random, onFind = () => {} } = options;
  const answerMs = Math.min(MOST_ANSWER_MS, answerSeconds * 1000);
  const { connect = (copy: Copy, read?: Credentials) => connectToCopy(copy, read, answerMs) } = options;
  const addressOf = rememberAddresses(options.lookUp);
  const callbacks: (() => void)[] = [];
  let current: Primary | undefined;
  let used = 0;
  /** Where the primary is by the word of another copy; tried in every other search, as that may be the past. */
  let led: ReturnType<typeof ledBy>;
  /** How often it was looked for since it last confirmed anything. */
  let attempts = 0;
  let next: NodeJS.Timeout | undefined;
  let isClosed = false;
  const { troubled, relieved } = logOnce(log);

  const isReady = () => current?.connection.isOpen() ?? false;
  const credentials = renewCredentials({
    read: readCredentials,
    isReady,
    authenticate: async (read) => await current?.connection.authenticate(read),
    log,
  });

  const seek = () => {
    if (isClosed) return;
    next = setTimeout(() => void find(), attempts === 0 ? 0 : backoff(attempts, random));
    attempts += 1;
  };
  const placeOf = async ({ pod, host }: Copy) =>
    led?.pod === pod ? led.place : { host: await addressOf(host) };
  const find = async () => {
    const read = credentials.latest();
    const { primary, asked } = await findPrimary({
      copies,
      used,
      connect: async (copy) => connect({ ...copy, ...(await placeOf(copy)) }, read),
    });
    led = primary || led ? undefined : ledBy(asked);
    onFind(primary ? "found" : "none");
    if (isClosed) {
      primary?.connection.close();
    } else if (primary === undefined) {
      troubled("warn", "Found no primary of Redis", { copies: inFewWords(asked) });
      seek();
    } else {
      current = primary;
      used = primary.term.number;
      primary.connection.onEnd((fault) => leave(primary, fault));
      troubled("info", "Found the primary of Redis", { primary: primary.term.pod, term: used });
      for (const callback of callbacks) callback();
    }
  };
  const leave = (primary: Primary, error: unknown) => {
    if (current !== primary) return;
    current = undefined;
    primary.connection.close();
    if (!isClosed) {
      const { pod, number } = primary.term;
      troubled("warn", "Left the primary of Redis", { primary: pod, term: number, error: inWords(error) });
    }
    seek();
  };

  const evaluate = async (call: ScriptCall) => {
    const primary = current;
    if (primary === undefined || !isReady()) {
      throw new Unsent("No primary of Redis is found");
    }
    try {
      const answer = confirmed(call, await primary.connection.write(call, primary.term), primary.term);
      attempts = 0;
      relieved();
      return answer;
    } catch (error) {
      if (isToBeLeft(error)) leave(primary, error);
      throw error;
    }
  };

  seek();
  return {
    isReady,
    onReady: (callback) => void callbacks.push(callback),
    evaluate,
    close: () => {
      isClosed = true;
      clearTimeout(next);
      credentials.stop();
      current?.connection.close();
    },
  };
}

/** Logs what is wrong once each, however often it comes again before Redis confirms something. */
const logOnce = (log: Log) => {
  const told = new Set<string>();
  let since: number | undefined;
  return {
    troubled(level: "info" | "warn", msg: string, fields: Record<string, unknown>) {
      if (level === "warn") since ??= performance.now();
      const line = JSON.stringify([msg, fields]);
      if (!told.has(line)) log(level, msg, fields);
      told.add(line);
    },
    relieved() {
      told.clear();
      if (since === undefined) return;
      log("info", "Redis confirms again", { awaySeconds: Math.round(performance.now() - since) / 1000 });
      since = undefined;
    },
  };
};
