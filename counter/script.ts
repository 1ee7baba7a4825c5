import { createHash } from "node:crypto";

/** The key of the count; the database is this one counter's alone. */
export const countKey = "hits";

/**
 * How many of its last batches each writer has in Redis, a key for each. The hits of the last two alone can be counted
 * without an answer when a counter dies: one is sent before the answers to the one before are written. The earlier ones
 * cover answers that were lost on their way to the proxy.
 */
export const RING = 64;

/**
 * How long Redis remembers a batch, in seconds: longer than a request may wait (5 minutes at most) and the proxy
 * retries it (a minute), with room for a clock that jumps. A retry's number is remembered half as long at least.
 */
export const REMEMBER_SECONDS = 600;

/**
 * Reserves numbers, in one step that nothing comes between.
 *
 * KEYS: the count; the place of this batch in its writer's ring (missing in a mere read).
 * ARGV: the lowest count that can be true; the lowest that is raised to it; the batch's sequence number; its hits;
 * their ids, 16 bytes each in order, zeros where there is none, or nothing at all; the positions (from 1) of those that
 * are marked retries, with spaces.
 *
 * Answers the total, then pairs (position, number) of hits that already had a number; the others' end at the total.
 * A mere read answers the total and by how much it was raised. When the count is lower than can be true, and not
 * raised, it answers -1 and the count, and does nothing.
 *
 * What it keeps of a batch: "SEQ TOTAL COUNTED PAIRS|" and the ids of the hits that it counted.
 */
export const script = `
local count = tonumber(redis.call('GET', KEYS[1]) or '0')
if not count then return redis.error_reply('NOTACOUNT the key ' .. KEYS[1] .. ' does not hold a count') end
local lost = math.max(0, tonumber(ARGV[1]) - count)
if lost > 0 then
  if count < tonumber(ARGV[2]) then return { -1, count } end
  redis.call('SET', KEYS[1], ARGV[1])
end
if not KEYS[2] then return { count + lost, lost } end

local seq, hits, ids, marks = tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5], ARGV[6]
local kept = redis.call('GET', KEYS[2])
if kept then
  local keptSeq, total, others = string.match(kept, '^(%d+) (%d+) %d+ ([%d ]*)|')
  if tonumber(keptSeq) > seq then return redis.error_reply('STALE a later batch was counted') end
  if tonumber(keptSeq) == seq then
    local answer = { tonumber(total) }
    for number in string.gmatch(others, '%d+') do answer[#answer + 1] = tonumber(number) end
    return answer
  end
end

local function keep(total, counted, others, countedIds)
  local value = string.format('%.0f %.0f %.0f %s|', seq, total, counted, others) .. countedIds
  redis.call('SET', KEYS[2], value, 'EX', ${REMEMBER_SECONDS})
end

if marks == '' and (ids == '' or redis.call('EXISTS', 'retried', 'retried:old') == 0) then
  local total = redis.call('INCRBY', KEYS[1], hits)
  keep(total, hits, '', ids)
  return { total }
end

local rings
local function inRings(id)
  if not rings then
    rings = {}
    for _, key in ipairs(redis.call('KEYS', 'writer:*')) do rings[#rings + 1] = redis.call('GET', key) end
  end
  for _, value in ipairs(rings) do
    local bar = string.find(value, '|', 1, true)
    local at = string.find(value, id, bar + 1, true)
    while at and (at - bar - 1) % 16 ~= 0 do at = string.find(value, id, at + 1, true) end
    if at then
      local total, counted = string.match(value, '^%d+ (%d+) (%d+)')
      return tonumber(total) - tonumber(counted) + (at - bar - 1) / 16 + 1
    end
  end
end

local marked = {}
for position in string.gmatch(marks, '%d+') do marked[tonumber(position)] = true end
local none = string.rep('\\0', 16)
local before, first, counted, countedIds = {}, {}, 0, {}
for position = 1, hits do
  local id = string.sub(ids, position * 16 - 15, position * 16)
  if id ~= '' and id ~= none then
    before[position] = redis.call('HGET', 'retried', id) or redis.call('HGET', 'retried:old', id)
      or (marked[position] and inRings(id)) or nil
    if not before[position] then
      first[position] = first[id]
      first[id] = first[id] or position
    end
  end
  if not before[position] and not first[position] then
    counted = counted + 1
    countedIds[counted] = id ~= '' and id or none
  end
end

local total = redis.call('INCRBY', KEYS[1], counted)
local number, numbers, answer = total - counted, {}, { total }
for position = 1, hits do
  if before[position] then
    numbers[position] = tonumber(before[position])
  elseif first[position] then
    numbers[position] = numbers[first[position]]
  else
    number = number + 1
    numbers[position] = number
  end
  if before[position] or first[position] then
    answer[#answer + 1] = position
    answer[#answer + 1] = numbers[position]
  end
end
local others = {}
for index = 2, #answer do others[#others + 1] = string.format('%.0f', answer[index]) end
keep(total, counted, table.concat(others, ' '), table.concat(countedIds))

if next(marked) then
  local left = redis.call('TTL', 'retried')
  if left >= 0 and (left < ${REMEMBER_SECONDS / 2} or redis.call('HLEN', 'retried') >= 20000) then
    redis.call('RENAME', 'retried', 'retried:old')
    left = -2
  end
  for position = 1, hits do
    local id = string.sub(ids, position * 16 - 15, position * 16)
    if marked[position] and id ~= '' and id ~= none then
      redis.call('HSET', 'retried', id, string.format('%.0f', numbers[position]))
    end
  end
  if left == -2 then redis.call('EXPIRE', 'retried', ${REMEMBER_SECONDS}) end
end
return answer
`;

/** The script's digest, by which Redis knows it once it has seen it. */
export const scriptDigest = createHash("sha1").update(script).digest("hex");
