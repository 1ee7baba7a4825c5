import { isDeepStrictEqual } from "node:util";
import type { Redis } from "ioredis";
import type { Credentials } from "./credentials.ts";
import { inWords, type Log } from "./logger.ts";

/** What looking after a connection's credentials needs. */
export interface RenewalOptions {
  read: () => Credentials | undefined;
  /** Whether there is a connection now. */
  isReady: () => boolean;
  /** Tells Redis on the connection there is who this is. */
  authenticate: (credentials: Credentials) => Promise<unknown>;
  log: Log;
}

/** Knows who a counter is to Redis. */
export interface Renewal {
  /** Reads the credentials that the next connection takes: the last ones, where none can be read. */
  latest(): Credentials | undefined;
  stop(): void;
}

const RENEW_MS = 1_000; // how often the connection is looked after that has other credentials than are to be read

/**
 * Lets a connection take other credentials as soon as these are to be read: no command waits for it, and none is lost.
 * Those that Redis refuses leave the ones that it has, which are good still, or the connection would be lost.
 */
export function renewCredentials({ read, isReady, authenticate, log }: RenewalOptions): Renewal {
  let known: Credentials | undefined;
  let refused: Credentials | undefined;
  const renew = async () => {
    const found = read();
    if (found === undefined || isDeepStrictEqual(found, known) || !isReady()) {
      return;
    }
    try {
      await authenticate(found);
      known = found;
      log("info", "Redis took another password", { user: found.username });
    } catch (error) {
      if (!isDeepStrictEqual(found, refused)) {
        log("warn", "Redis does not take the password that is to be read", { error: inWords(error) });
      }
      refused = found;
    }
  };
  const renewing = setInterval(() => void renew(), RENEW_MS);
  renewing.unref();
  return {
    latest() {
      known = read() ?? known;
      return known;
    },
    stop: () => clearInterval(renewing),
  };
}

/** Tells Redis on a connection who this is. */
export const authenticate = (redis: Redis, { username, password }: Credentials): Promise<unknown> =>
  username === undefined ? redis.auth(password) : redis.auth(username, password);
