import type { HitCounter } from "../api/hitCounter.ts";

/** Where the volume is, in the container. */
export const DATA_FOLDER = "/data";

/** Names of the container's environment that its start reads. */
export const redisEnvironment = {
  /** Bytes that the container may use: its memory limit, or what the node has. */
  memory: "MEMORY_LIMIT",
  /** The count whose loss a person has accepted; none, where nobody has. */
  acceptedLoss: "ACCEPTED_LOSS",
} as const;

/** What a Redis says that does not start over data whose list of files is missing. */
export const UNLISTED_DATA = "the data in the volume has lost its list of files";

const APPEND_ONLY_FOLDER = `${DATA_FOLDER}/appendonlydir`;
const LIST = "appendonly.aof.manifest";

/**
 * Redis takes files that no manifest lists for none: it begins at 0 and writes over them. So they are looked for
 * before it starts. A first start that is cut short leaves an empty base 1, which is not data.
 *
 * A third of the memory is for data. As much may be copied while the file is rewritten and every page changes; the rest
 * is for the program, fragmentation and the clients' buffers. Beyond it Redis answers OOM, which requests wait out, where
 * the kernel would kill it. No `$(…)` may stand in here but `$((…))`: Kubernetes would put a variable in its place.
 */
const script = (configuration: string) => `data=
for file in ${APPEND_ONLY_FOLDER}/*.aof ${APPEND_ONLY_FOLDER}/*.rdb; do
  case $file in *.1.base.rdb) ;; *) [ -s "$file" ] && data=$file ;; esac
done
if [ -n "$data" ] && [ ! -e ${APPEND_ONLY_FOLDER}/${LIST} ]; then
  aside=${DATA_FOLDER}/lost-$${redisEnvironment.acceptedLoss}
  if [ -z "$${redisEnvironment.acceptedLoss}" ] || [ -e "$aside" ]; then
    echo "Redis would begin at 0 and write over what is left: ${UNLISTED_DATA}, ${APPEND_ONLY_FOLDER}/${LIST}" >&2
    exit 1
  fi
  mv ${APPEND_ONLY_FOLDER} "$aside"
fi
exec redis-server ${configuration} --maxmemory $((${redisEnvironment.memory} / 3)) "$@"
`;

/** The command of the Redis container; `configuration` is a file with more settings. It needs a shell in the image. */
export function redisCommand({ spec }: HitCounter, configuration: string): string[] {
  return ["sh", "-c", script(configuration), "redis-server", ...settings(spec.redis.durability)];
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
    "maxmemory-policy": "noeviction",
  };
  return Object.entries(values).flatMap(([name, value]) => [`--${name}`, value]);
}
