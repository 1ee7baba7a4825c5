import { dataKeys } from "../../counter/contract.ts";

/** Where the check writes: a folder in memory or of the pod alone. */
export const SCRATCH_FOLDER = "/tmp";
const SOCKET = `${SCRATCH_FOLDER}/check.sock`;
const SAID = `${SCRATCH_FOLDER}/said`;

const { writers, ...keys } = dataKeys;
const known = Object.values(keys)
  .map((key) => `["${key}"]=true`)
  .join(", ");

/**
 * What the data in a Redis are: its count, or a sentence on why they are not those of a HitCounter. It is Lua without an
 * apostrophe, as it stands between two.
 */
const COUNT_OF_DATA = `
local known = { ${known} }
if redis.call("INFO", "keyspace"):find("db[1-9]") then return "it has more databases than one, as none of a HitCounter has" end
for _, key in ipairs(redis.call("KEYS", "*")) do
  if not known[key] and key:sub(1, ${writers.length}) ~= "${writers}" then
    return "it is of something else, or of a newer version: it has a key " .. key:gsub("[^%w:._-]", "?"):sub(1, 40)
  end
end
if redis.call("TYPE", "${dataKeys.count}").ok ~= "string" then return "it has no count" end
local count = redis.call("GET", "${dataKeys.count}")
return count:find("^%d+$") and #count <= 15 and count or "its count is no number"
`;

/**
 * Piece of a shell script: `check FOLDER NAME` fails unless that file is a whole backup of a HitCounter. It sets $hits to
 * its count, or $why it is refused. A Redis of its own loads it, whom nobody reaches: over no network, without a rewrite.
 */
export const CHECK = `check() {
  [ -f "$1/$2" ] || { why="there is no such file"; return 1; }
  about="$1/\${2%.rdb}.about"
  sum=\`sha256sum <"$1/$2"\`
  if [ -e "$about" ] && ! grep -qx "sha256=\${sum%% *}" "$about"; then
    why="it is damaged: its checksum is another than when it was written"
    return 1
  fi
  if ! redis-check-rdb "$1/$2" >${SAID} 2>&1; then
    why="it is damaged, or none: \`sed -n 's/^.offset [0-9]*. //p' ${SAID} | tail -n 1\`"
    return 1
  fi
  rm -f ${SOCKET}
  redis-server --port 0 --unixsocket ${SOCKET} --dir "$1" --dbfilename "$2" --appendonly no --save '' >${SAID} 2>&1 &
  server=$! tries=0 hits=
  until redis-cli -e -s ${SOCKET} ping >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ $tries -gt 6000 ] || ! kill -0 $server 2>/dev/null; then
      kill $server 2>/dev/null
      why="it can't be loaded: \`sed -n 's/^.* # //p' ${SAID} | head -n 1\`"
      return 1
    fi
    sleep 0.1
  done
  hits=\`redis-cli -s ${SOCKET} --raw eval '${COUNT_OF_DATA}' 0\`
  kill $server
  wait $server || :
  case $hits in
    '' | *[!0-9]*) why=\${hits:-it could not be read}; return 1 ;;
  esac
}
`;
