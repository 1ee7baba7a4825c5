import { CHECK } from "./backupCheck.ts";
import { BACKUP_PASSWORD_KEY } from "./redisSecret.ts";
import { BACKUP_USER } from "./redisUsers.ts";

/** Where the claim with the backups is, in the container. */
export const BACKUP_FOLDER = "/backup";
/** Where the password is. */
export const BACKUP_AUTH_FOLDER = "/run/secrets/redis";
/** How backups are named, as a shell's pattern: by the time at which each was begun, in UTC. */
export const BACKUP_NAMES = "????-??-??T??-??-??Z.rdb";

/** A file that a run has left so many seconds ago is of none that still goes on. */
const LEFT_BEHIND_SECONDS = 7200;

/** How often Redis is asked, a second apart: whoever enforces NetworkPolicies may let a new pod through a moment after it began. */
const REDIS_TRIES = 10;

/** What copies the data out of the only Redis. */
const COPY_OUT = `redis-cli -h "$host" -p "$port" --user ${BACKUP_USER} --rdb "$part/$name.rdb"`;

/** The same of three copies, whose hosts are words of $copies: of the one that is primary. One that is lost is not waited for. */
const COPY_PRIMARY_OUT = `copy_primary_out() {
  for host in $copies; do
    role=\`timeout 5 redis-cli -h "$host" -p "$port" --user ${BACKUP_USER} role | { read -r word; echo "$word"; }\`
    [ "$role" = master ] && ${COPY_OUT} && return
  done
  return 1
}
`;

/**
 * Writes a backup, checks it, gives it its name, and only then deletes what is older than those to keep. Arguments: the
 * host of Redis and its port, how many to keep, of which HitCounter it is and its uid. Whatever cuts it short leaves the
 * backups that there are as they were. No `$(…)` may stand in here but `$((…))`: Kubernetes would put a variable in its
 * place.
 */
export const BACKUP_SCRIPT = backupScript("host", COPY_OUT);

/** The same for three copies: its first argument has the hosts of all. */
export const BACKUP_SCRIPT_OF_COPIES = backupScript("copies", "copy_primary_out", COPY_PRIMARY_OUT);

function backupScript(where: string, copyOut: string, functions = ""): string {
  return `${CHECK}
${functions}set -eu
${where}=$1 port=$2 keep=$3 of=$4 uid=$5
cd ${BACKUP_FOLDER}
now=\`date +%s\`
for left in .part-* *.about; do
  [ -e "$left" ] && [ ! -e "\${left%.about}.rdb" ] || continue
  [ $((now - \`stat -c %Y "$left"\`)) -lt ${LEFT_BEHIND_SECONDS} ] || rm -rf "$left"
done

name=\`date -u +%Y-%m-%dT%H-%M-%SZ\`
part=.part-$HOSTNAME
rm -rf "$part"
mkdir "$part"
trap 'rm -rf "$part"' EXIT
read -r REDISCLI_AUTH <${BACKUP_AUTH_FOLDER}/${BACKUP_PASSWORD_KEY} || [ -n "$REDISCLI_AUTH" ]
export REDISCLI_AUTH
tries=1
until ${copyOut}; do
  [ $tries -lt ${REDIS_TRIES} ] || exit 1
  tries=$((tries + 1))
  sleep 1
done
unset REDISCLI_AUTH
check "$part" "$name.rdb" || { echo "The backup failed, and is not kept: $why" >&2; exit 1; }
[ ! -e "$name.rdb" ] || { echo "The backup failed: another of the same second is there" >&2; exit 1; }
{
  echo "sha256=\${sum%% *}"
  echo "hits=$hits"
  echo "time=$name"
  echo "hitcounter=$of"
  echo "uid=$uid"
} >"$part/$name.about"
sync
mv "$part/$name.about" .
mv "$part/$name.rdb" .
sync
echo "Backed up $hits hits to $name.rdb"

set --
for file in ${BACKUP_NAMES}; do set -- "$@" "$file"; done
while [ $# -gt "$keep" ]; do
  rm -f "$1" "\${1%.rdb}.about"
  shift
done
`;
}
