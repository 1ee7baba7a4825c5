import { Redis } from "ioredis";
import { COUNTER_USERS } from "../../desired/passwords.ts";
import {
  DEFAULT_USER,
  digestOf,
  OPERATOR_USER,
  REPLICA_USER,
  type RedisUser,
} from "../../desired/redisUsers.ts";
import { errorMessage, type Logger } from "../../runtime/index.ts";

/** A Redis, the users that it should have, and how the operator gets in. */
export interface RedisTarget {
  /** Tells it from another of its name. */
  readonly uid: string;
  readonly host: string;
  readonly port: number;
  readonly users: readonly RedisUser[];
  /** By which name these are known; undefined where that is their digest. */
  readonly digest?: string;
  /** What it gets in by at the one that it follows, where it is one of three copies. */
  readonly masterauth?: string;
  /** The other copies, where there are three. */
  readonly others?: readonly Pick<RedisTarget, "uid" | "host" | "users">[];
  /** The operator's password, and others that it may be still or already; the likeliest first. */
  readonly logins: readonly string[];
}

/** What became of the users of a Redis. */
export type RedisAnswer =
  | {
      /** It has these users now, by their digest, and no others. */
      readonly has: string;
      /** Of each user that counters may be: from where one is connected. */
      readonly connected: Readonly<Record<string, readonly string[]>>;
      readonly failure?: never;
    }
  | { readonly has?: never; readonly failure: string };

/** Makes the users of a Redis as they should be, and sees who is connected; throws where it can't. */
export type AskRedis = (target: RedisTarget, signal: AbortSignal) => Promise<RedisAnswer>;

/** How long Redis may take to be connected, and to answer one command, in milliseconds. */
const CONNECT_MS = 1_000;
const ANSWER_MS = 1_500;

/** What it means that a Redis could not be asked. Redis's own words have no password in them. */
export const noUsers = (error: unknown): RedisAnswer => ({
  failure: `Redis could not be asked for its users: ${errorMessage(error)}`,
});

/** An operator outside of the cluster has no way to Redis: nothing but its counters and the operator's pods have one. */
export const outOfReach: AskRedis = () =>
  Promise.resolve({ failure: "Only an operator that runs in the cluster can reach Redis." });

/**
 * Asks by a connection for each time. All users are told each time, which changes nothing where they are so, and others are
 * deleted with their connections. Who may no longer write is kept from it by `check`, which throws.
 */
export function askRedis(check: () => void, log: Logger): AskRedis {
  const before = new WeakSet<RedisTarget>();
  const askOne: AskRedis = async (target, signal) => {
    const redis = new Redis({
      host: target.host,
      port: target.port,
      protocol: 2,
      lazyConnect: true,
      connectTimeout: CONNECT_MS,
      commandTimeout: ANSWER_MS,
      enableReadyCheck: false,
      disableClientInfo: true,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
    });
    let lost: unknown;
    redis.on("error", (error: unknown) => {
      lost ??= error;
    });
    const stop = () => redis.disconnect();
    signal.addEventListener("abort", stop);
    try {
      await redis.connect().catch((error: unknown) => {
        throw lost ?? error;
      });
      await logIn(redis, target.logins);
      const changed = await makeUsers(redis, target.users, check);
      // Not news where it is another target: then it was the operator that wanted others.
      if (changed.length > 0 && before.has(target)) log.warn("put back users of Redis", { users: changed });
      before.add(target);
      const { masterauth } = target;
      if (masterauth !== undefined) {
        // The user too, for one that was alone when it started.
        await redis.call("CONFIG", "SET", "masteruser", REPLICA_USER, "masterauth", masterauth);
      }
      return {
        has: target.digest ?? digestOf(target.users),
        connected: connectedIn(await words(redis, "CLIENT", "LIST")),
      };
    } finally {
      signal.removeEventListener("abort", stop);
      redis.disconnect();
    }
  };
  const copies = new WeakMap<RedisTarget, readonly RedisTarget[]>();
  return async (target, signal) => {
    // Each the same object at every time, as it is told apart by that from what is wanted anew.
    const all = copies.get(target) ?? [
      target,
      ...(target.others ?? []).map((other) => ({ ...target, ...other })),
    ];
    copies.set(target, all);
    const answers = await Promise.all(all.map((each) => askOne(each, signal)));
    return merged(answers);
  };
}

/** What several say who all have the users that are wanted. */
function merged(answers: readonly RedisAnswer[]): RedisAnswer {
  const failed = answers.find(({ failure }) => failure !== undefined);
  if (failed) return failed;
  const connected: Record<string, readonly string[]> = {};
  for (const answer of answers) {
    if (answer.failure !== undefined) continue;
    for (const [user, addresses] of Object.entries(answer.connected))
      connected[user] = [...new Set([...(connected[user] ?? []), ...addresses])].sort();
  }
  return { has: answers[0]?.has ?? "", connected };
}

const words = async (redis: Redis, command: string, ...args: string[]) =>
  String(await redis.call(command, ...args));

async function logIn(redis: Redis, logins: readonly string[]): Promise<void> {
  let refusal: unknown;
  for (const password of logins) {
    try {
      await redis.call("AUTH", OPERATOR_USER, password);
      return;
    } catch (error) {
      if (!errorMessage(error).startsWith("WRONGPASS")) throw error;
      refusal = error;
    }
  }
  throw new Error("it does not let the operator in. Delete its pod, and it reads its users anew", {
    cause: refusal,
  });
}

/** Makes the users, and returns the names of those that were otherwise. Of a line of `ACL LIST` the second word is the name. */
async function makeUsers(redis: Redis, users: readonly RedisUser[], check: () => void): Promise<string[]> {
  const list = async () => (await redis.call("ACL", "LIST")) as string[];
  const nameOf = (line: string) => line.split(" ")[1] ?? "";
  const found = await list();
  check();
  for (const { name, rules } of users) await redis.call("ACL", "SETUSER", name, "reset", ...rules);
  const wanted = new Set(users.map(({ name }) => name));
  const others = found.map(nameOf).filter((name) => !wanted.has(name));
  if (others.length > 0) {
    await redis.call("ACL", "DELUSER", ...others);
    // A password that such a counter had may have been of those that came without a user.
    if (others.some(isCounters)) await redis.call("CLIENT", "KILL", "USER", DEFAULT_USER);
  }
  const made = new Set(await list());
  const changed = found.filter((line) => !made.has(line)).map(nameOf);
  const missing = users
    .map(({ name }) => name)
    .filter((name) => !found.some((line) => nameOf(line) === name));
  return [...changed, ...missing];
}

const isCounters = (name: string) => COUNTER_USERS.some((each) => each === name);

/** From which addresses each user of counters is connected, of what `CLIENT LIST` says. */
function connectedIn(list: string): Record<string, string[]> {
  const connected: Record<string, string[]> = {};
  for (const line of list.split("\n")) {
    const fields = Object.fromEntries(line.split(" ").map((field) => field.split(/=(.*)/s).slice(0, 2)));
    const { user, addr } = fields as { user?: string; addr?: string };
    if (user === undefined || addr === undefined || !(isCounters(user) || user === DEFAULT_USER)) continue;
    const address = addr.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
    connected[user] = [...new Set([...(connected[user] ?? []), address])].sort();
  }
  return connected;
}
