import type { V1Secret } from "@kubernetes/client-node";
import type { Inputs } from "./inputs.ts";
import { child } from "./names.ts";

/** Key of the password itself, which the counters read. */
export const PASSWORD_KEY = "password";
/** Key of the piece of redis.conf that sets the password, so that it is in no argument list. */
export const AUTH_CONF_KEY = "auth.conf";
/** Key of the count that is believed. It is not written with the others, but whenever that is another one. */
export const BELIEVED_COUNT_KEY = "believed-count";

const base64 = (text: string) => Buffer.from(text, "utf8").toString("base64");

/** The password of Redis. */
export function redisSecret({ hitCounter, redisPassword }: Inputs): V1Secret {
  return {
    ...child("v1", "Secret", hitCounter, "redis"),
    type: "Opaque",
    data: {
      [PASSWORD_KEY]: base64(redisPassword),
      [AUTH_CONF_KEY]: base64(`requirepass ${redisPassword}\n`),
    },
  };
}

/** The password in a Secret; undefined when there is no Secret, or none that Redis could take in its configuration. */
export function passwordIn(secret: V1Secret | undefined): string | undefined {
  const encoded = secret?.data?.[PASSWORD_KEY];
  if (encoded === undefined) return undefined;
  const password = Buffer.from(encoded, "base64").toString("utf8");
  return /^[A-Za-z0-9_-]{16,512}$/.test(password) ? password : undefined;
}
