// The keys of window records: an entity's records lie together, by level, then by time.
//
//   namespace number u32 | size of the entity u32 | entity | level u8 | start, sign bit flipped     (all big endian)
//   ╰──────────────── prefix ────────────────────────────╯
//
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gnomon/env.h"
#include "stores/sorted_bytes.h"

namespace gnomon {

inline constexpr size_t kWindowHeaderBytes = 8;   // number and size
inline constexpr size_t kWindowTrailerBytes = 9;  // level and start

inline std::string window_namespace_prefix(uint32_t number) {
  std::string prefix(sizeof number, '\0');
  store_big(prefix.data(), number);
  return prefix;
}

// The size of the prefix of `key`, or 0 if it is no key of a window record.
inline size_t window_prefix_bytes(std::string_view key) {
  if (key.size() < kWindowHeaderBytes + kWindowTrailerBytes) return 0;
  const size_t entity_bytes = load_big<uint32_t>(key.data() + 4);
  return key.size() == kWindowHeaderBytes + entity_bytes + kWindowTrailerBytes ? key.size() - kWindowTrailerBytes : 0;
}

inline void set_window_key(uint32_t number, std::string_view entity, uint8_t level, TimeUs start, std::string* key) {
  key->resize(kWindowHeaderBytes + entity.size() + kWindowTrailerBytes);
  char* to = key->data();
  store_big(to, number);
  store_big(to + 4, static_cast<uint32_t>(entity.size()));
  entity.copy(to + kWindowHeaderBytes, entity.size());
  to += kWindowHeaderBytes + entity.size();
  *to = static_cast<char>(level);
  store_big(to + 1, static_cast<uint64_t>(start) ^ kSignBit64);
}

// Of a key that set_window_key made.
inline std::string_view window_key_entity(std::string_view key) {
  return key.substr(kWindowHeaderBytes, key.size() - kWindowHeaderBytes - kWindowTrailerBytes);
}
inline uint8_t window_key_level(std::string_view key) { return static_cast<uint8_t>(key[key.size() - kWindowTrailerBytes]); }
inline TimeUs window_key_start(std::string_view key) {
  return static_cast<TimeUs>(load_big<uint64_t>(key.data() + key.size() - 8) ^ kSignBit64);
}

}  // namespace gnomon
