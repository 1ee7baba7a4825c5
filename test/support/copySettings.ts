import type { RedisEngine } from "./redisServer.ts";

/**
 * What a Redis is set to that is one of three, beside what every one is: one copy's fault is kept from the others, and a
 * follower is noticed soon that has gone.
 */
export const copySettings = (engine: RedisEngine): Record<string, string> => ({
  "repl-diskless-load": "disabled",
  "repl-diskless-sync": "yes",
  "repl-diskless-sync-delay": "0",
  "repl-timeout": "5",
  "repl-ping-replica-period": "1",
  "repl-backlog-size": "4mb",
  "replica-serve-stale-data": "yes",
  "replica-read-only": "yes",
  // One replica that is dropped would end the synchronising of all; Valkey knows it by another name, and as off.
  ...(engine === "redis" && { "repl-rdb-channel": "no" }),
});
