import { Redis } from "ioredis";
import { batchCall, type Hit, readAnswer, type Sightings } from "../../counter/batch.ts";
import type { RedisLink } from "../../counter/link.ts";
import { connectRedis } from "../../counter/redisLink.ts";
import { type Counts, countsIn } from "./countsIn.ts";
import { earlierScript } from "./earlierScript.ts";
import { startRedisServer } from "./redisServer.ts";
import { until } from "./until.ts";

/**
 * What a batch is sent by: how many pages there may be, what it tells of visitors, and whether by a counter of before there
 * were any of these.
 */
interface Version {
  maxPages?: number;
  sightings?: Sightings | undefined;
  isEarlier?: boolean;
}

/** Whoever calls the scripts in a real Redis, as counters do. */
export interface ScriptCaller {
  client: Redis;
  link: RedisLink;
  /** Sends a batch and returns each hit's number, or to what the count has gone back. */
  send(
    writer: string,
    seq: number,
    hits: readonly Hit[],
    limits?: { floor: number; raiseFrom: number },
    version?: Version,
  ): Promise<number[] | { goneBack: number }>;
  counts(): Promise<Counts>;
  close(): Promise<void>;
}

/** Starts a Redis, and calls. */
export async function startScriptCaller(): Promise<ScriptCaller> {
  const redis = await startRedisServer({ durability: "everysec" });
  const options = {
    host: "127.0.0.1",
    port: redis.port,
    readCredentials: () => undefined,
    answerSeconds: 60,
  };
  const client = new Redis({ port: redis.port });
  const link = connectRedis({ ...options, log: () => {}, random: Math.random });
  await until("connected", link.isReady);
  return {
    client,
    link,
    async send(
      writer,
      seq,
      hits,
      limits = { floor: 0, raiseFrom: 0 },
      { maxPages = 2, sightings, isEarlier = false } = {},
    ) {
      const call = batchCall({ writer, seq }, hits, limits, maxPages, sightings);
      const script = { ...earlierScript, fenced: earlierScript }; // there was one Redis then
      const sent = isEarlier ? { ...call, script, args: call.args.slice(0, 6) } : call;
      const answer = readAnswer(await link.evaluate(sent), hits.length);
      if ("goneBack" in answer) return answer;
      return hits.map((_hit, index) => answer.numberAt(index + 1));
    },
    counts: () => countsIn({ command: (name, ...words) => client.call(name, ...words) as Promise<string> }),
    async close() {
      link.close();
      client.disconnect();
      await redis.remove();
    },
  };
}
