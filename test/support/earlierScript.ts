import { scriptOf } from "../../counter/countingScript.ts";

/**
 * The script of counters of before there were pages and a history, word by word: they may run beside those of today
 * while a version is rolled out, or taken back. It takes and answers what today's does, but for pages.
 */
export const earlierScript = scriptOf(`
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
  redis.call('SET', KEYS[2], value, 'EX', 600)
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
  if left >= 0 and (left < 300 or redis.call('HLEN', 'retried') >= 20000) then
    redis.call('RENAME', 'retried', 'retried:old')
    left = -2
  end
  for position = 1, hits do
    local id = string.sub(ids, position * 16 - 15, position * 16)
    if marked[position] and id ~= '' and id ~= none then
      redis.call('HSET', 'retried', id, string.format('%.0f', numbers[position]))
    end
  end
  if left == -2 then redis.call('EXPIRE', 'retried', 600) end
end
return answer
`);
