// The names of keys in Redis, and the slot of a cluster that a key lies in.
//
//   <prefix>:{<entity key>}r<view number>        rows: the kept versions of an entity
//   <prefix>:{<entity key>}w<namespace number>   window records of an entity
//   <prefix>:{meta}…                             one hash of small values, and the log of an unfinished write
//
// What is in braces decides the slot, so that all that is kept of an entity lies on one node.
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace gnomon {

inline constexpr uint32_t kRedisSlots = 16'384;

// By the rule of the cluster specification: CRC16 (XMODEM) of what is between the first `{` and the next `}`, of all if that is empty.
uint32_t redis_slot(std::string_view key);

enum class RedisKind : char { kRows = 'r', kWindows = 'w' };

// Starts a key; append_redis_key() then makes the key of one entity after another.
struct RedisKeySpace {
  RedisKeySpace(std::string_view prefix, RedisKind kind, uint32_t number)
      : head(fmt::format("{}:{{", prefix)), tail(fmt::format("}}{}{}", static_cast<char>(kind), number)) {}

  void set_key(std::string_view entity, std::string* key) const {
    key->assign(head);
    key->append(entity);
    key->append(tail);
  }
  // A pattern for SCAN that holds for all keys of the space, and maybe for others. has() decides.
  std::string pattern() const { return head + "*" + tail; }
  // No tail holds a brace, so that no entity can pass for the end of a key.
  bool has(std::string_view key) const { return key.starts_with(head) && key.ends_with(tail); }

  std::string head, tail;
};

}  // namespace gnomon
