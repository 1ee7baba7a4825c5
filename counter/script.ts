import { dataKeys } from "./contract.ts";
import { countingScript } from "./countingScript.ts";
import { EARLIER, histories, pagesKey, REMEMBER_SECONDS } from "./data.ts";
import { noteVisitors } from "./noteVisitors.ts";

/**
 * Reserves numbers, in one step that nothing comes between.
 *
 * KEYS: the count; the place of this batch in its writer's ring.
 * ARGV: those of the floor; the batch's sequence number; its hits; their ids, 16 bytes each in order, zeros where there
 * is none, or nothing at all; the positions (from 1) of those that are marked retries, with spaces; where any is a
 * page's, how many pages there may be, and the position and the page of each such hit, with spaces; and where there are
 * any, those of visitors' sightings.
 *
 * Answers the total, then pairs (position, number): of the hits that already had a number, which they get again; and of
 * pages' hits, which get their page's number, or 0 where that is one more page than there may be, and nothing was
 * counted. The others' numbers end at the total.
 *
 * What it keeps of a batch: "SEQ TOTAL COUNTED PAIRS/NUMBERS|" and the ids of the hits that it counted, pages' first:
 * NUMBERS has theirs, those of the others end at TOTAL. A counter of an earlier version reads it up to NUMBERS, and
 * itself moves the count alone; what a history lacks of the count is what can't be dated.
 */
export const countScript = countingScript(`
local seq, hits, ids, marks = tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5], ARGV[6]
local kept = redis.call('GET', KEYS[2])
if kept then
  local keptSeq, total, others = string.match(kept, '^(%d+) (%d+) %d+ ([%d ]*)[/|]')
  if tonumber(keptSeq) > seq then return redis.error_reply('STALE a later batch was counted') end
  if tonumber(keptSeq) == seq then
    move(redis.call)
    local answer = { tonumber(total) }
    for number in string.gmatch(others, '%d+') do answer[#answer + 1] = tonumber(number) end
    return answer
  end
end
move(redis.call)
${noteVisitors}
-- What can't be noted is no visitor, and counted as a hit all the same.
if ARGV[10] then pcall(noteVisitors, ARGV[9], ARGV[10]) end

local function enter(history, now, seconds, slots, counted)
  local slot = math.floor(now / seconds)
  -- What can't be noted is not dated, and counted all the same.
  if redis.pcall('HINCRBY', history, slot, counted) ~= counted then return end
  for _, old in ipairs(redis.call('HKEYS', history)) do
    if (tonumber(old) or slot) <= slot - slots then
      redis.pcall('HINCRBY', history, '${EARLIER}', redis.call('HGET', history, old))
      redis.call('HDEL', history, old)
    end
  end
end

local function add(counted)
  local total = redis.call('INCRBY', KEYS[1], counted)
  if counted > 0 then
    local now = tonumber(redis.call('TIME')[1])
${Object.values(histories)
  .map(({ key, seconds, kept }) => `    enter('${key}', now, ${seconds}, ${kept}, counted)`)
  .join("\n")}
  end
  return total
end

local function keep(total, counted, others, countedIds)
  local value = string.format('%.0f %.0f %.0f %s|', seq, total, counted, others) .. countedIds
  redis.call('SET', KEYS[2], value, 'EX', ${REMEMBER_SECONDS})
end

local looking = marks ~= '' or ids ~= '' and redis.call('EXISTS', '${dataKeys.retried}', '${dataKeys.retriedBefore}') > 0
if not looking and (ARGV[8] or '') == '' then
  local total = add(hits)
  keep(total, hits, '', ids)
  return { total }
end

local rings
local function inRings(id)
  if not rings then
    rings = {}
    for _, key in ipairs(redis.call('KEYS', '${dataKeys.writers}*')) do rings[#rings + 1] = redis.call('GET', key) end
  end
  for _, value in ipairs(rings) do
    local bar = string.find(value, '|', 1, true)
    local at = string.find(value, id, bar + 1, true)
    while at and (at - bar - 1) % 16 ~= 0 do at = string.find(value, id, at + 1, true) end
    if at then
      local rank = (at - bar - 1) / 16 + 1
      local total, counted, ofPages = string.match(value, '^%d+ (%d+) (%d+) [%d ]*/?([%d ]*)|')
      for number in string.gmatch(ofPages, '%d+') do
        if rank == 1 then return number end
        rank, counted = rank - 1, counted - 1
      end
      return total - counted + rank
    end
  end
end

-- Each page that is asked for, and how far it is: by few calls, as each costs more than all else here.
local PART = 1000
local pages, names, last, room = {}, {}, {}, nil
for position, page in string.gmatch(ARGV[8] or '', '(%d+) (%S+)') do
  pages[tonumber(position)] = page
  if last[page] == nil then names[#names + 1], last[page] = page, false end
end
for from = 1, #names, PART do
  local held = redis.call('HMGET', '${pagesKey}', unpack(names, from, math.min(from + PART - 1, #names)))
  for index, number in ipairs(held) do last[names[from + index - 1]] = tonumber(number) or false end
end
local function hasRoom(page)
  if not last[page] then
    room = room or tonumber(ARGV[7]) - redis.call('HLEN', '${pagesKey}')
    if room <= 0 then return false end
    room, last[page] = room - 1, 0
  end
  return true
end

local marked = {}
for position in string.gmatch(marks, '%d+') do marked[tonumber(position)] = true end
local none = string.rep('\\0', 16)
local function idAt(position)
  local id = string.sub(ids, position * 16 - 15, position * 16)
  return id ~= '' and id or none
end

local numbers, first, fresh, changed = {}, {}, {}, {}
local countedIds, ofPages = {}, {}
for position = 1, hits do
  local id, page = idAt(position), pages[position]
  if looking and id ~= none then
    numbers[position] = tonumber(redis.call('HGET', '${dataKeys.retried}', id) or redis.call('HGET', '${dataKeys.retriedBefore}', id)
      or (marked[position] and inRings(id)) or nil)
    if not numbers[position] then
      first[position] = first[id]
      first[id] = first[id] or position
    end
  end
  if not numbers[position] and not first[position] then
    if not page then
      fresh[#fresh + 1] = position
    elseif hasRoom(page) then
      last[page] = last[page] + 1
      changed[page], numbers[position] = string.format('%.0f', last[page]), last[page]
      countedIds[#countedIds + 1], ofPages[#ofPages + 1] = id, changed[page]
    else
      numbers[position] = 0
    end
  end
end

local fields = {}
for _, page in ipairs(names) do
  if changed[page] then fields[#fields + 1], fields[#fields + 2] = page, changed[page] end
end
for from = 1, #fields, PART do
  redis.call('HSET', '${pagesKey}', unpack(fields, from, math.min(from + PART - 1, #fields)))
end
local total = add(#ofPages + #fresh)
for rank, position in ipairs(fresh) do
  countedIds[#countedIds + 1] = idAt(position)
  first[position], numbers[position] = position, total - #fresh + rank
end

local answer, others = { total }, {}
for position = 1, hits do
  if first[position] ~= position then
    numbers[position] = numbers[position] or numbers[first[position]]
    answer[#answer + 1] = position
    answer[#answer + 1] = numbers[position]
  end
end
for index = 2, #answer do others[#others + 1] = string.format('%.0f', answer[index]) end
local told = table.concat(others, ' ')
if #ofPages > 0 then told = told .. '/' .. table.concat(ofPages, ' ') end
keep(total, #countedIds, told, table.concat(countedIds))

if next(marked) then
  local left = redis.call('TTL', '${dataKeys.retried}')
  if left >= 0 and (left < ${REMEMBER_SECONDS / 2} or redis.call('HLEN', '${dataKeys.retried}') >= 20000) then
    redis.call('RENAME', '${dataKeys.retried}', '${dataKeys.retriedBefore}')
    left = -2
  end
  for position = 1, hits do
    local id = idAt(position)
    if marked[position] and id ~= none then
      redis.call('HSET', '${dataKeys.retried}', id, string.format('%.0f', numbers[position]))
    end
  end
  if left == -2 then redis.call('EXPIRE', '${dataKeys.retried}', ${REMEMBER_SECONDS}) end
end
return answer
`);
