import { dataKeys, earlierField } from "../../counter/contract.ts";
import { beginWith, FILE_LIST } from "./redisData.ts";
import { BELIEVED_COUNT_KEY, INITIAL_HITS_KEY } from "./redisSecret.ts";

/** A write as an append-only file has it, in printf's words: what its last word is printf's argument says. */
const write = (...words: string[]) =>
  `*${words.length + 1}\\r\\n${words.map((word) => `$${word.length}\\r\\n${word}\\r\\n`).join("")}$%d\\r\\n%d\\r\\n`;

/** The count, and the same hits in each history, where they are earlier than all that it dates. */
const WRITES = [
  write("SET", dataKeys.count),
  write("HSET", dataKeys.hours, earlierField),
  write("HSET", dataKeys.days, earlierField),
].join("");

/**
 * Piece of a shell script: has a Redis without data begin at the count that the file of initial hits in `folder` says,
 * unless one is believed there: then data was lost, which has to show.
 */
export const beginAtInitialHits = (folder: string) => `hits=0 believed=0
[ -e ${folder}/${INITIAL_HITS_KEY} ] && read -r hits <${folder}/${INITIAL_HITS_KEY}
[ -e ${folder}/${BELIEVED_COUNT_KEY} ] && read -r believed <${folder}/${BELIEVED_COUNT_KEY}
if [ -z "$data" ] && [ ! -e ${FILE_LIST} ] && [ "$hits" -gt 0 ] && [ "\${believed:-0}" -eq 0 ]; then
  set -e
${beginWith("incr.aof", `printf '${WRITES}' \${#hits} "$hits" \${#hits} "$hits" \${#hits} "$hits" >$file`)}  set +e
fi
`;
