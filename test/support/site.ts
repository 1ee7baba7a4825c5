import { type Counter, startCounterOnPort } from "./counters.ts";
import { type NginxServer, startNginxServer } from "./nginxServer.ts";
import { type RedisServer, startRedisServer } from "./redisServer.ts";

/** What a HitCounter runs, without Kubernetes. */
export interface Site {
  /** Where it serves the public. */
  readonly url: string;
  readonly redis: RedisServer;
  /** The count. */
  hits(): Promise<number>;
  remove(): Promise<void>;
}

/** Starts a Redis, two counters with this environment, and an nginx in front of them, as the product runs them. */
export async function startSite(env: Readonly<Record<string, string>> = {}): Promise<Site> {
  const redis = await startRedisServer();
  const counters: Counter[] = [];
  let nginx: NginxServer | undefined;
  const remove = async () => {
    await nginx?.remove();
    await Promise.all(counters.map((counter) => counter.end("SIGKILL")));
    await redis.remove();
  };
  try {
    for (let each = 0; each < 2; each += 1) {
      counters.push(await startCounterOnPort({ ...redis.env, ...env }));
    }
    nginx = await startNginxServer(counters.map(({ port }) => `127.0.0.1:${port}`));
  } catch (error) {
    await remove();
    throw error;
  }
  return { url: nginx.url, redis, hits: async () => Number(await redis.command("GET", "hits")), remove };
}
