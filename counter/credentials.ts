import { readFileSync } from "node:fs";
import type { Settings } from "./config.ts";
import { counterEnvironment } from "./contract.ts";
import { inWords, type Log } from "./logger.ts";

/** Who a counter is to Redis; without a username it is Redis's default user. */
export interface Credentials {
  readonly username?: string;
  readonly password: string;
}

/**
 * Reads the files with the credentials now, which must work, and again at each call, when a failure is only logged and
 * answers undefined, as no password does.
 */
export function credentialsReader(
  { usernameFile, passwordFile }: Pick<Settings["redis"], "usernameFile" | "passwordFile">,
  log: Log,
): () => Credentials | undefined {
  if (passwordFile === undefined) return () => undefined;
  const read = (): Credentials | undefined => {
    const username = usernameFile && lineIn(usernameFile);
    const password = lineIn(passwordFile);
    return password ? { ...(username && { username }), password } : undefined;
  };
  for (const [name, file] of [
    [counterEnvironment.redisUsernameFile, usernameFile],
    [counterEnvironment.redisPasswordFile, passwordFile],
  ] as const) {
    try {
      if (file !== undefined) lineIn(file);
    } catch (error) {
      throw new Error(`${name} must be the path of a file that can be read: ${inWords(error)}`);
    }
  }
  return () => {
    try {
      return read();
    } catch (error) {
      log("warn", "Cannot read Redis's password, using the last one", { error });
      return undefined;
    }
  };
}

const lineIn = (file: string) => readFileSync(file, "utf8").replace(/\r?\n$/, "");
