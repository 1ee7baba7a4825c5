import type { HitCounter } from "../api/hitCounter.ts";
import { beginAtInitialHits } from "./initialHits.ts";
import { APPEND_ONLY_FOLDER, DATA_FOLDER, FILE_LIST, FIND_DATA } from "./redisData.ts";

/** Names of the container's environment that its start reads. */
export const redisEnvironment = {
  /** Bytes that the container may use: its memory limit, or what the node has. */
  memory: "MEMORY_LIMIT",
  /** The count whose loss a person has accepted; none, where nobody has. */
  acceptedLoss: "ACCEPTED_LOSS",
} as const;

/** What a Redis says that does not start over data whose list of files is missing. */
export const UNLISTED_DATA = "the data in the volume has lost its list of files";

/**
 * Redis takes files that no manifest lists for none: it begins at 0 and writes over them. So they are looked for
 * before it starts.
 *
 * A third of the memory is for data. As much may be copied while the file is rewritten and every page changes; the rest
 * is for the program, fragmentation and the clients' buffers. Beyond it Redis answers OOM, which requests wait out, where
 * the kernel would kill it. No `$(…)` may stand in here but `$((…))`: Kubernetes would put a variable in its place.
 */
const script = (
  configuration: string,
  beginning: string,
) => `${FIND_DATA}if [ -n "$data" ] && [ ! -e ${FILE_LIST} ]; then
  aside=${DATA_FOLDER}/lost-$${redisEnvironment.acceptedLoss}
  if [ -z "$${redisEnvironment.acceptedLoss}" ] || [ -e "$aside" ]; then
    echo "Redis would begin at 0 and write over what is left: ${UNLISTED_DATA}, ${FILE_LIST}" >&2
    exit 1
  fi
  mv ${APPEND_ONLY_FOLDER} "$aside"
fi
${beginning}exec redis-server ${configuration} --maxmemory $((${redisEnvironment.memory} / 3)) "$@"
`;

/** The number of a StatefulSet's pod, in the shell's words: the end of its name. */
const OWN_NUMBER = `\${HOSTNAME##*-}`;

/**
 * The same for one of three copies, whose file of settings has the number of its pod. What is left of data that has lost
 * its list it puts aside: the others have it all. What it may begin from the first alone begins from, as two that have data
 * and no term can't be told apart. Of Redis, not of Valkey, versions from 8 on can sync by a second channel, where one copy
 * that is dropped may end the sync of the others.
 */
const scriptOfCopy = (
  configuration: (number: string) => string,
  beginning: string,
) => `${FIND_DATA}if [ -n "$data" ] && [ ! -e ${FILE_LIST} ]; then
  echo "Puts aside what is left: ${UNLISTED_DATA}, ${FILE_LIST}" >&2
  mv ${APPEND_ONLY_FOLDER} ${DATA_FOLDER}/lost-\`date +%s\` || exit 1
  data=
fi
if [ "${OWN_NUMBER}" = 0 ]; then
${beginning}:
fi
case \`redis-server --version\` in
  "Redis server v="[0-7].*) ;;
  Redis*) set -- "$@" --repl-rdb-channel no ;;
esac
exec redis-server ${configuration(OWN_NUMBER)} --maxmemory $((${redisEnvironment.memory} / 3)) "$@"
`;

/** The command of the Redis container of one of three copies; `configuration` is its file of settings by its number. */
export function commandOfCopy(configuration: (number: string) => string, beginning: string): string[] {
  const text = scriptOfCopy(configuration, beginAtInitialHits(beginning));
  return ["sh", "-c", text, "redis-server", ...settings("always"), ...settingsOfCopy];
}

/**
 * A copy that starts belongs to nobody, and feeds nobody, until a keeper says whose it is. What is sent to another goes by
 * no file of its own, and is not waited for; who is silent for 5 s is dropped, and comes back for what it missed. One that
 * can't write any more ends all the same.
 */
const settingsOfCopy = [
  ...["--replicaof", "127.0.0.1", "1"],
  ...["--repl-diskless-load", "disabled", "--repl-diskless-sync", "yes"],
  ...["--repl-timeout", "5", "--repl-ping-replica-period", "1", "--repl-backlog-size", "4mb"],
  ...["--replica-serve-stale-data", "yes", "--replica-read-only", "yes"],
  ...["--shutdown-on-sigterm", "force"],
];

/**
 * The command of the Redis container; `configuration` is a file with more settings, and `beginning` a folder with what it
 * may begin from, where it may begin from anything but 0. It needs a shell in the image.
 */
export function redisCommand({ spec }: HitCounter, configuration: string, beginning?: string): string[] {
  const begin = beginning === undefined ? "" : beginAtInitialHits(beginning);
  return ["sh", "-c", script(configuration, begin), "redis-server", ...settings(spec.redis.durability)];
}

/**
 * Every write goes to the append-only file, and nothing is ever evicted. The file is rewritten when it has doubled, but
 * not below 64 MB. What it is rewritten to is small, as batches are forgotten in 10 minutes: so it stays near that.
 */
function settings(durability: "always" | "everysec"): string[] {
  const values = {
    dir: DATA_FOLDER,
    appendonly: "yes",
    appendfsync: durability,
    // A write that was cut off was never acknowledged; what else is missing shows in the count.
    "aof-load-truncated": "yes",
    "auto-aof-rewrite-percentage": "100",
    "auto-aof-rewrite-min-size": "64mb",
    save: "",
    // No replica is waited for that might want the same as a backup.
    "repl-diskless-sync-delay": "0",
    "maxmemory-policy": "noeviction",
  };
  return Object.entries(values).flatMap(([name, value]) => [`--${name}`, value]);
}
