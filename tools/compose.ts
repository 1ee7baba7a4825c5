import { counterPort } from "../counter/contract.ts";
import { nginxConf } from "../operator/desired/nginxConf.ts";
import { redisCommand } from "../operator/desired/redisCommand.ts";
import { hitCounterWith } from "../operator/testing/fixtures.ts";

/** Addresses of the counters in compose.yaml. */
export const COUNTER_ADDRESSES = ["10.217.84.11", "10.217.84.12"];

const MADE = "# Made from operator/desired by `npm run generate`. Do not edit.";

/** The nginx.conf of compose.yaml: the product's, with the counters themselves in place of their Service. */
export const composeNginxConf = (): string =>
  `${MADE}\n${nginxConf(COUNTER_ADDRESSES.map((address) => `${address}:${counterPort}`))}`;

/** The start of Redis in compose.yaml: it makes a password where there is none, then does as its container in a pod. */
export function composeRedisStart(): string {
  const [, , script = "", , ...settings] = redisCommand(hitCounterWith(), "/run/auth/auth.conf");
  return `#!/bin/sh
${MADE}

# The counters see this folder too, and nobody else does. What is cut short is not taken for a password.
cd /run/auth || exit 1
if [ ! -s password ]; then
  tr -dc A-Za-z0-9 </dev/urandom | head -c 43 >unfinished && mv unfinished password || exit 1
fi
echo "requirepass $(cat password)" >auth.conf || exit 1

set -- ${settings.map((word) => (/^[\w-]+$/.test(word) ? word : `'${word}'`)).join(" ")}
${script}`;
}
