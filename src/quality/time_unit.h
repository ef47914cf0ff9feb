// Time columns in their own unit against microseconds.
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>

#include <arrow/type.h>

namespace gnomon {

// How a time column counts: one tick is `us_per_tick` microseconds, or `ticks_per_us` ticks are one (nanoseconds).
struct TimeUnit {
  int64_t us_per_tick = 1;
  int64_t ticks_per_us = 1;
  bool days32 = false;  // ticks are int32 (date32), else int64
};

// Nothing for a type that is no instant.
inline std::optional<TimeUnit> time_unit_of(const arrow::DataType& type) {
  if (type.id() == arrow::Type::DATE32) return TimeUnit{86'400'000'000, 1, true};
  if (type.id() == arrow::Type::DATE64) return TimeUnit{1000, 1, false};
  if (type.id() != arrow::Type::TIMESTAMP) return std::nullopt;
  switch (static_cast<const arrow::TimestampType&>(type).unit()) {
    case arrow::TimeUnit::SECOND: return TimeUnit{1'000'000, 1, false};
    case arrow::TimeUnit::MILLI: return TimeUnit{1000, 1, false};
    case arrow::TimeUnit::MICRO: return TimeUnit{1, 1, false};
    case arrow::TimeUnit::NANO: return TimeUnit{1, 1000, false};
  }
  return std::nullopt;
}

}  // namespace gnomon
