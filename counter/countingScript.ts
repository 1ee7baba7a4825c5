import { createHash } from "node:crypto";
import { confirmedKey, fenceKey, positionKey, termKey } from "./data.ts";

/** A script, and the digest by which Redis knows it once it has seen it. */
export interface Script {
  readonly text: string;
  readonly digest: string;
}

/** Names a script. */
export const scriptOf = (text: string): Script => ({
  text,
  digest: createHash("sha1").update(text).digest("hex"),
});

/**
 * What every script begins with. KEYS: the count. ARGV: the lowest count that can be true; the lowest that is raised to
 * it. When the count is lower than can be true, and not raised, it answers -1 and the count, and does nothing. `move`
 * notes that a call is answered.
 */
const heldToTheFloor = (move: string) => `
local count = tonumber(redis.call('GET', KEYS[1]) or '0')
if not count then return redis.error_reply('NOTACOUNT the key ' .. KEYS[1] .. ' does not hold a count') end
local floor = tonumber(ARGV[1])
local lost = math.max(0, floor - count)
if lost > 0 then
  if count < tonumber(ARGV[2]) then return { -1, count } end
  redis.call('SET', KEYS[1], ARGV[1])
  count = floor
end
local function move(call)
${move}  if floor > tonumber(redis.call('GET', '${confirmedKey}') or '0') then call('SET', '${confirmedKey}', ARGV[1]) end
end
`;

/**
 * What a script begins with before all else where there are three copies. The last of ARGV: the term of the primary that
 * it is meant for; in any other it is refused. Whatever follows, it has moved on by then: the copies are asked for the
 * last write of a connection, so a call that wrote nothing would be confirmed by an earlier one.
 */
const heldToTheTerm = `
local term = table.remove(ARGV)
if redis.call('GET', '${termKey}') ~= term or redis.call('GET', '${fenceKey}') ~= string.match(term, '^%d+') then
  return redis.error_reply('FENCED another term has begun')
end
redis.call('INCR', '${positionKey}')
`;

/** A script as it is sent to a Redis that is alone; and, with a term, to the primary of three. */
export interface CountingScript extends Script {
  readonly fenced: Script;
}

/** Makes both of what they have in common. */
export const countingScript = (body: string): CountingScript => ({
  ...scriptOf(`${heldToTheFloor(`  call('INCR', '${positionKey}')\n`)}${body}`),
  fenced: scriptOf(`${heldToTheTerm}${heldToTheFloor("")}${body}`),
});
