import { Redis } from "ioredis";
import { fenceKey, termKey } from "../../counter/data.ts";
import { copySettings } from "./copySettings.ts";
import { type RedisEngine, type RedisServer, startRedisServer } from "./redisServer.ts";
import { until } from "./until.ts";

/** The names of the pods that three copies would be in. */
export const PODS = ["redis-0", "redis-1", "redis-2"] as const;
export type Pod = (typeof PODS)[number];

/** Three real Redis, and the hand that says which one is primary. */
export interface ThreeCopies {
  readonly servers: Readonly<Record<Pod, RedisServer>>;
  /** A connection to each, for whatever a test asks it. */
  readonly clients: Readonly<Record<Pod, Redis>>;
  /** Environment of a counter that counts in them. */
  readonly env: Record<string, string>;
  /** Detaches these from whatever they follow, and lets none of them write in an earlier term than this one. */
  fence(term: number, pods?: readonly Pod[]): Promise<void>;
  /** Makes this one primary in the term by which it was fenced, and has the others of these follow it. */
  promote(pod: Pod, term: number, pods?: readonly Pod[]): Promise<void>;
  /** Waits until this one has so many followers that have all that it has. */
  untilFollowed(pod: Pod, followers: number): Promise<void>;
  remove(): Promise<void>;
}

/**
 * It begins as nobody's copy, which takes no write and feeds nobody. The address is two words to Redis, so one of them is of
 * the name.
 */
const nobodysCopy = { "replicaof 127.0.0.1": "1" };

/** Starts three copies: the first is primary in term 8, and the others follow it. */
export async function startThreeCopies(engine: RedisEngine): Promise<ThreeCopies> {
  const started: RedisServer[] = [];
  const connected: Redis[] = [];
  const remove = async () => {
    for (const client of connected) client.disconnect();
    await Promise.all(started.map((server) => server.remove()));
  };
  try {
    const settings = { ...nobodysCopy, ...copySettings(engine) };
    for (const _pod of PODS) started.push(await startRedisServer({ engine, settings }));
    const [first, second, third] = started;
    if (!first || !second || !third) throw new Error("Three copies were to be started");
    const servers = { "redis-0": first, "redis-1": second, "redis-2": third };
    const clientOf = ({ port }: RedisServer) => {
      const client = new Redis({ port, maxRetriesPerRequest: 0 }).on("error", () => {});
      connected.push(client);
      return client;
    };
    const clients = { "redis-0": clientOf(first), "redis-1": clientOf(second), "redis-2": clientOf(third) };
    const copies: ThreeCopies = {
      servers,
      clients,
      env: { REDIS_HOSTS: PODS.map((pod) => `${pod}=127.0.0.1:${servers[pod].port}`).join(",") },
      async fence(term, pods = PODS) {
        const fenced = pods.map((pod) =>
          clients[pod]
            .multi()
            .replicaof("NO", "ONE")
            // A write that waits in a transaction is refused at a follower, and a script is not.
            .eval(`return redis.call('SET', '${fenceKey}', ARGV[1])`, 0, term)
            .replicaof("127.0.0.1", 1)
            .call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            .exec(),
        );
        await Promise.all(fenced);
      },
      async promote(pod, term, pods = PODS) {
        const begin = `redis.call('SET', '${fenceKey}', ARGV[1]) return redis.call('SET', '${termKey}', ARGV[1] .. ' ${pod}')`;
        await clients[pod].multi().replicaof("NO", "ONE").eval(begin, 0, term).exec();
        const followers = pods.filter((other) => other !== pod);
        await Promise.all(followers.map((other) => clients[other].replicaof("127.0.0.1", servers[pod].port)));
      },
      async untilFollowed(pod, followers) {
        // Something has to be written by this connection, or it is told of what was written before.
        const isFollowed = async () => {
          await clients[pod].eval("return redis.call('INCR', 'pos')", 0);
          const disks = (await clients[pod].call("WAITAOF", 1, followers, 1000)) as number[];
          return disks[1] === followers;
        };
        await until(`${pod} is followed`, isFollowed, { everyMs: 20 });
      },
      remove,
    };
    await copies.promote("redis-0", 8);
    await copies.untilFollowed("redis-0", 2);
    return copies;
  } catch (error) {
    await remove();
    throw error;
  }
}
