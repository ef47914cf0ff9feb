// The steps that Redis does as one: each a Lua script over keys of one slot.
// Thread-safety: constants.
#pragma once

#include <array>
#include <cstddef>
#include <string>

namespace gnomon {

enum class RedisScript : size_t { kSwapRows, kPutWindows, kGetWindows, kAddNumber, kCommit, kPlaceLog, kEndLog, kDrop };

// What a server calls them: the same on every server, told by SCRIPT LOAD.
using RedisScriptNames = std::array<std::string, 8>;

inline constexpr const char* kFencedError = "GNOMON_FENCED";

inline constexpr std::array<const char*, 8> kRedisScripts = {
    // kSwapRows: rows, what its stamp was (empty: nothing there), the new value, milliseconds to live or 0
    //   → 1, or what is there now
    R"(if redis.call('GETRANGE', KEYS[1], 1, 8) ~= ARGV[1] then return redis.call('GET', KEYS[1]) end
if ARGV[3] == '0' then redis.call('SET', KEYS[1], ARGV[2]) else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1)",
    // kPutWindows: windows, the write's sequence, then of each record its prefix, the prefix's successor, the record or empty
    //   → 0 if a later write was here
    R"(local last = redis.call('ZRANGE', KEYS[1], -1, -1)[1]
if last and string.sub(last, 1, 1) == 's' then
  if tonumber(string.sub(last, 2)) > tonumber(ARGV[1]) then return 0 end
  redis.call('ZREM', KEYS[1], last)
end
for i = 2, #ARGV, 3 do
  redis.call('ZREMRANGEBYLEX', KEYS[1], '[' .. ARGV[i], '(' .. ARGV[i + 1])
  if ARGV[i + 2] ~= '' then redis.call('ZADD', KEYS[1], 0, ARGV[i + 2]) end
end
redis.call('ZADD', KEYS[1], 0, 's' .. ARGV[1])
return 1)",
    // kGetWindows: windows, then of each range its first member, the end of its members, how many of the newest or 0
    //   → the entity's sequence (empty: nothing there), then the members of each range: ascending, of the newest descending
    R"(local out = {redis.call('ZRANGE', KEYS[1], -1, -1)[1] or ''}
for i = 1, #ARGV, 3 do
  if ARGV[i + 2] == '0' then
    out[#out + 1] = redis.call('ZRANGEBYLEX', KEYS[1], '[' .. ARGV[i], '(' .. ARGV[i + 1])
  else
    out[#out + 1] = redis.call('ZREVRANGEBYLEX', KEYS[1], '(' .. ARGV[i + 1], '[' .. ARGV[i], 'LIMIT', 0, ARGV[i + 2])
  end
end
return out)",
    // kAddNumber: meta, field, the counter's field, what follows the number → the field's value
    R"(local have = redis.call('HGET', KEYS[1], ARGV[1])
if have then return have end
local value = struct.pack('<I4', redis.call('HINCRBY', KEYS[1], ARGV[2], 1)) .. ARGV[3]
redis.call('HSET', KEYS[1], ARGV[1], value)
return value)",
    // kCommit: meta, the writer's epoch or empty, then fields and values → the new sequence
    R"(if ARGV[1] ~= '' and redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return redis.error_reply('GNOMON_FENCED') end
for i = 2, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
return redis.call('HINCRBY', KEYS[1], 'sequence', 1))",
    // kPlaceLog: meta, the log as it was put aside, the log, the writer's epoch, the log's first element: from here on the write is one
    R"(if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return redis.error_reply('GNOMON_FENCED') end
if redis.call('EXISTS', KEYS[2]) == 1 then redis.call('RENAME', KEYS[2], KEYS[3]) end
if redis.call('LINDEX', KEYS[3], 0) ~= ARGV[2] then return redis.error_reply('GNOMON_FENCED') end
return 1)",
    // kEndLog: meta, the log, its first element, then fields and values → 0 if somebody else ended it
    R"(if redis.call('LINDEX', KEYS[2], 0) ~= ARGV[1] then return 0 end
for i = 2, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('DEL', KEYS[2])
return 1)",
    // kDrop: meta, the writer's epoch, the field that says what is being dropped or empty, then fields to remove
    //   → the new sequence
    R"(if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return redis.error_reply('GNOMON_FENCED') end
if ARGV[2] ~= '' then redis.call('HSET', KEYS[1], ARGV[2], '') end
for i = 3, #ARGV do redis.call('HDEL', KEYS[1], ARGV[i]) end
return redis.call('HINCRBY', KEYS[1], 'sequence', 1))",
};

}  // namespace gnomon
