// Durations and instants as people write them.
// Thread-safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "gnomon/env.h"
#include "gnomon/status.h"

namespace gnomon {

inline constexpr TimeUs kSecondUs = 1'000'000;
inline constexpr TimeUs kMinuteUs = 60 * kSecondUs;
inline constexpr TimeUs kHourUs = 60 * kMinuteUs;
inline constexpr TimeUs kDayUs = 24 * kHourUs;

// "90s", "5min", "3h", "7d", "2w", "250ms", "10us", or a sum of those: "1d12h". "0" is 0.
// ERRORS: GN112 InvalidArgument.
Result<TimeUs> parse_duration(std::string_view text);

// The largest exact unit of d, h, min, s, ms, us: 5400 s is "90min".
std::string format_duration(TimeUs duration_us);

// ISO 8601: "2013-02-12T08:00Z", "2013-02-12", "2013-02-12 08:00:00.123456+01:00"; no zone is UTC; nanoseconds are floored.
// ERRORS: GN113 InvalidArgument.
Result<TimeUs> parse_time(std::string_view text);

// "2013-02-12T08:00:00Z", with microseconds only when they are not 0.
std::string format_time(TimeUs time_us);

}  // namespace gnomon
