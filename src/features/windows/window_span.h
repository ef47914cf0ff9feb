// WindowSpan: which times a window holds at a time t (semantics.md, "A windowed aggregation as of t").
//
//   trailing          [t − w, t)
//   sawtooth = h      [floor_h(t − w), t)
//   lifetime          [−∞, t)
//   calendar(u, tz)   [start of the unit that holds t, t)
//   last(n)           the n newest events of [−∞, t); the span says only [−∞, t)
//   offset = o        both ends move back by o
//   resolution = r    everything, visibility included, is asked as of floor_r(t)
// Thread-safety: pure functions; a WindowSpec is a value.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "gnomon/env.h"
#include "gnomon/status.h"
#include "gnomon/v1/manifest.pb.h"

namespace gnomon {

inline constexpr TimeUs kBeginningOfTime = std::numeric_limits<TimeUs>::min();

struct WindowSpec {
  enum class Kind : uint8_t { kTrailing, kLifetime, kLastN, kCalendar };
  Kind kind = Kind::kLifetime;
  int64_t duration_us = 0;    // of kTrailing
  int64_t last_n = 0;         // of kLastN
  std::string calendar_unit;  // of kCalendar: hour, day, week (from Monday), month, quarter, year
  std::string calendar_tz;    // IANA name
  int64_t offset_us = 0;
  int64_t resolution_us = 0;
  int64_t sawtooth_us = 0;

  bool operator==(const WindowSpec&) const = default;
  // The longest that a span can reach back from t, or 0 where there is no limit.
  int64_t reach_us() const;
};

// REQUIRES: exactly one window. ERRORS: GN153 for what makes no window: none, a duration <= 0, an unknown unit or time zone.
Result<WindowSpec> window_spec(const v1::Aggregation& aggregation);

struct WindowSpan {
  TimeUs as_of;  // what is known at this time counts
  TimeUs begin;  // event times in [begin, end)
  TimeUs end;
};

// The spans at the given times; they ascend where the times do.
Result<std::vector<WindowSpan>> window_spans(const WindowSpec& window, std::span<const TimeUs> times);
// The same into memory that is reused from call to call.
Status window_spans(const WindowSpec& window, std::span<const TimeUs> times, std::vector<WindowSpan>* spans);

}  // namespace gnomon
