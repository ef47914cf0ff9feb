// One version of an entity's row, as the embedded store keeps it. The bytes are described in docs/internals/online-store.md.
//
//   key    view number u32 | entity key | event_time, newest first | created_time, newest first, null last |
//          known_at, latest first
//   value  format u8 | fingerprint u64 | flags u8 | [dropped_from i64] | features (RowCodec) |
//          checksum u32 over key and value
//
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "gnomon/env.h"
#include "gnomon/status.h"

namespace gnomon {

inline constexpr size_t kVersionKeyBytes = 25;  // what follows the entity key

struct VersionTimes {
  TimeUs event_time = 0;
  std::optional<TimeUs> created_time;
  TimeUs known_at = 0;
};

// When a row starts to serve.
TimeUs visible_from(const VersionTimes& times, TimeUs serving_lag_us);

// a + b and a - b, kept within int64.
TimeUs add_times(TimeUs a, TimeUs b);
TimeUs subtract_times(TimeUs a, TimeUs b);

void append_version_key(const VersionTimes& times, std::string* key);
// REQUIRES: `key` ends in a version key.
VersionTimes parse_version_key(std::string_view key);

inline constexpr TimeUs kNothingDropped = std::numeric_limits<TimeUs>::max();

struct VersionValue {
  std::string_view features;              // what RowCodec decodes
  TimeUs dropped_from = kNothingDropped;  // when the first of the older versions that were dropped started to serve
};

void append_version_value(std::string_view key, uint64_t fingerprint, const VersionValue& version, std::string* value);

// The answer points into `value`. ERRORS: GN511 DataLoss if the checksum, the format or the fingerprint does not match.
Result<VersionValue> parse_version_value(std::string_view key, std::string_view value, uint64_t fingerprint);

}  // namespace gnomon
