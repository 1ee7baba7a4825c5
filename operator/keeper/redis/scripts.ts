import { createHash } from "node:crypto";

/** What a look wants of INFO, besides those that follow a node. */
const FIELDS = [
  ...["role", "master_host", "master_port", "master_link_status", "master_sync_in_progress"],
  ...["master_last_io_seconds_ago", "connected_slaves", "aof_rewrite_in_progress", "aof_rewrite_scheduled"],
];

/**
 * Tells everything that a look wants, at one time and in one text, which takes a keeper of many groups the least to read; at
 * a node that follows a dead one too.
 */
const LOOK = `#!lua flags=no-writes,allow-stale
local kept = redis.call('MGET', 'term', 'fence', 'pos')
local keys = redis.call('DBSIZE')
if kept[2] then keys = keys - 1 end
local told = { term = kept[1] or '', fence = kept[2] or '', pos = kept[3] or '', keys = tostring(keys) }
local info = redis.call('INFO', 'replication', 'persistence')
local function field(name) told[name] = string.match(info, '\\n' .. name .. ':([^\\r]*)') end
for _, name in ipairs({ ${FIELDS.map((field) => `'${field}'`).join(", ")} }) do field(name) end
for index = 0, tonumber(told.connected_slaves or 0) - 1 do field('slave' .. index) end
return cjson.encode(told)`;

/** {@link LOOK}, and the digest by which a node knows it that has run it. */
export const lookScript = { text: LOOK, digest: createHash("sha1").update(LOOK).digest("hex") };

/**
 * Writes a key. To delete it first lets Redis take the rest of the script when its memory is full, where it would refuse
 * the SET alone: a group whose memory is full must still be able to change its primary.
 */
const write = (key: string, value: string) =>
  `redis.call('DEL', '${key}') redis.call('SET', '${key}', ${value})`;

/**
 * Promises to keep a ballot (ARGV), and tells how far the data has come. In a transaction at a node that has been a replica
 * until then a SET would be refused as it is queued, and so would a script that says which flags it has; this is not.
 */
export const PROMISE = `${write("fence", "ARGV[1]")}
local kept = redis.call('MGET', 'term', 'pos')
return { kept[1] or '', kept[2] or '', redis.call('DBSIZE') - 1 }`;

/** Begins a term: ARGV are the term, and its number as fence. */
export const BEGIN_TERM = `${write("term", "ARGV[1]")} ${write("fence", "ARGV[2]")}`;

/** The fence where this is not the primary of a term any more whose ARGV are the term and its number. */
const unlessMoved = `local kept = redis.call('MGET', 'term', 'fence')
if kept[1] ~= ARGV[1] or kept[2] ~= ARGV[2] then return { 0, kept[2] or '' } end`;

/** A write that changes nothing, so that there is something to wait for. */
export const TOUCH = `${unlessMoved}
${write("term", "ARGV[1]")}
return { 1, ARGV[2] }`;

/** Promises a number (ARGV 3) at the primary, which leads no more from then on, and sends that to its followers. */
export const LEAD_NO_MORE = `${unlessMoved}
${write("fence", "ARGV[3]")}
return { 1, ARGV[3] }`;
