import { visitorData } from "./data.ts";

const { registers, days, open, secondsOfDay, kept } = visitorData;

/** How many words one call has at most, four a register: Lua passes no more than some thousand at once. */
const MOST_WORDS = 4000;

/**
 * The part of the script of a batch that notes visitors: a day, and pairs (register, rank) with spaces. Of each register
 * the highest rank stays, so that it is the same to be told once or more often, in whatever order.
 *
 * The day that is open is one that was Redis's own. A later one of Redis's closes it: of its registers is left how many
 * had each rank. What is told of any other day has come too late, or too early by a counter's clock, and is not noted.
 */
export const noteVisitors = `
local function closeDay(day, today)
  local held, ranks, counts, highest = redis.call('GET', '${registers}') or '', {}, {}, 0
  for index = 1, #held do
    local rank = string.byte(held, index)
    ranks[rank] = (ranks[rank] or 0) + 1
    if rank > highest then highest = rank end
  end
  for rank = 1, highest do counts[rank] = ranks[rank] or 0 end
  redis.call('HSET', '${days}', day, table.concat(counts, ' '))
  redis.call('DEL', '${registers}')
  for _, old in ipairs(redis.call('HKEYS', '${days}')) do
    if (tonumber(old) or today) <= today - ${kept} then redis.call('HDEL', '${days}', old) end
  end
end

local function noteVisitors(day, places)
  local open = redis.call('HGET', '${days}', '${open}')
  if day ~= open then
    local today = math.floor(tonumber(redis.call('TIME')[1]) / ${secondsOfDay})
    if tonumber(day) ~= today then return end
    if open then closeDay(open, today) end
    redis.call('HSET', '${days}', '${open}', day)
  end
  local held, highest, raised = redis.call('GET', '${registers}') or '', {}, {}
  for register, text in string.gmatch(places, '(%d+) (%d+)') do
    local rank, at = tonumber(text), #raised
    if rank > (highest[register] or string.byte(held, register + 1) or 0) then
      highest[register] = rank
      raised[at + 1], raised[at + 2], raised[at + 3], raised[at + 4] = 'SET', 'u8', '#' .. register, rank
    end
  end
  for from = 1, #raised, ${MOST_WORDS} do
    redis.call('BITFIELD', '${registers}', unpack(raised, from, math.min(from + ${MOST_WORDS - 1}, #raised)))
  end
end`;
