#include "quality/value_range.h"

#include <cmath>

#include "base/time_text.h"

namespace gnomon {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr Int128 kWide = Int128{1} << 100;  // beyond every integer and time column, and safe to do sums with

// A float as an integer, which it must be; infinities and giants become ±kWide.
Int128 whole(double value) {
  if (value >= 0x1p100) return kWide;
  if (value <= -0x1p100) return -kWide;
  return static_cast<Int128>(value);
}

Int128 floor_divide(Int128 value, Int128 by) {
  Int128 quotient = value / by;
  return quotient - ((value % by != 0 && value < 0) ? 1 : 0);
}

// The smallest double in the range that starts at `min`.
double lowest_float(const Bound& min) {
  if (min.value == nullptr) return -kInfinity;
  if (min.value->kind_case() == v1::Value::kFloatValue) {
    double bound = min.value->float_value();
    if (!min.strict) return bound;
    return bound == kInfinity ? std::nan("") : std::nextafter(bound, kInfinity);  // nothing is above infinity
  }
  int64_t bound = min.value->int_value();
  double rounded = static_cast<double>(bound);
  bool up = whole(rounded) < bound || (whole(rounded) == bound && min.strict);
  return up ? std::nextafter(rounded, kInfinity) : rounded;
}

v1::Value negated(const v1::Value& value) {
  v1::Value result;
  if (value.kind_case() == v1::Value::kFloatValue)
    result.set_float_value(-value.float_value());
  else
    result.set_int_value(-value.int_value());
  return result;
}

}  // namespace

ValueRange<Int128> integer_range(const Bound& min, const Bound& max) {
  ValueRange<Int128> range{-kWide, kWide};
  if (min.value != nullptr) {
    if (min.value->kind_case() == v1::Value::kIntValue) {
      range.low = Int128{min.value->int_value()} + (min.strict ? 1 : 0);
    } else {
      double bound = min.value->float_value();
      range.low = min.strict ? whole(std::floor(bound)) + 1 : whole(std::ceil(bound));
    }
  }
  if (max.value != nullptr) {
    if (max.value->kind_case() == v1::Value::kIntValue) {
      range.high = Int128{max.value->int_value()} - (max.strict ? 1 : 0);
    } else {
      double bound = max.value->float_value();
      range.high = max.strict ? whole(std::ceil(bound)) - 1 : whole(std::floor(bound));
    }
  }
  return range;
}

ValueRange<double> float_range(const Bound& min, const Bound& max) {
  // The upper end is the lower end of the mirrored line.
  ValueRange<double> range{lowest_float(min), kInfinity};
  if (max.value == nullptr) return range;
  if (max.value->kind_case() == v1::Value::kIntValue && max.value->int_value() == std::numeric_limits<int64_t>::min()) {
    double bound = -0x1p63;  // has no negative in int64, but is a double
    range.high = max.strict ? std::nextafter(bound, -kInfinity) : bound;
    return range;
  }
  v1::Value mirrored = negated(*max.value);
  range.high = -lowest_float({&mirrored, max.strict});
  return range;
}

ValueRange<Int128> time_range(const Bound& min, const Bound& max, const TimeUnit& unit) {
  ValueRange<Int128> range{-kWide, kWide};
  if (min.value != nullptr) {
    Int128 us = Int128{*parse_time(min.value->string_value())} + (min.strict ? 1 : 0);
    range.low = -floor_divide(-us, unit.us_per_tick) * unit.ticks_per_us;
  }
  if (max.value != nullptr) {
    Int128 us = Int128{*parse_time(max.value->string_value())} - (max.strict ? 1 : 0);
    range.high = floor_divide(us, unit.us_per_tick) * unit.ticks_per_us + (unit.ticks_per_us - 1);
  }
  return range;
}

}  // namespace gnomon
