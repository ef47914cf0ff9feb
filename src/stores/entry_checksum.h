// The checksum of an entry of the embedded store. It covers the key too, so that a value in another's place is found.
// Thread-safety: pure function.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/hash.h"

namespace gnomon {

inline uint32_t entry_checksum(std::string_view key, std::string_view value) {
  const uint64_t mixed = hash64(key) * 0x9E3779B97F4A7C15u ^ hash64(value);
  return static_cast<uint32_t>(mixed ^ (mixed >> 32));
}

}  // namespace gnomon
