// The bounds of `between`, turned once into an inclusive range of the column's own type, so that the kernel compares
// values as they are. Bounds and values are compared exactly, also an int64 with a float.
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

#include "gnomon/v1/manifest.pb.h"
#include "quality/time_unit.h"

namespace gnomon {

// [low, high], both in. No value is in it when low > high.
template <class T>
struct ValueRange {
  T low = std::numeric_limits<T>::lowest();
  T high = std::numeric_limits<T>::max();
  bool contains(T value) const { return (value >= low) & (value <= high); }  // & : no branch, and false for NaN
};

// One end as it was declared. `value` null: no bound.
struct Bound {
  const v1::Value* value = nullptr;
  bool strict = false;
};

__extension__ typedef __int128 Int128;  // GCC and Clang have it; ISO C++ does not name it

// REQUIRES: bounds are numbers, not NaN.
ValueRange<Int128> integer_range(const Bound& min, const Bound& max);
ValueRange<double> float_range(const Bound& min, const Bound& max);

// Ticks of a time column. Nanoseconds count as the microsecond they fall in. REQUIRES: bounds are ISO text that parses.
ValueRange<Int128> time_range(const Bound& min, const Bound& max, const TimeUnit& unit);

// The part of `range` that T can hold.
template <class T>
ValueRange<T> narrowed(const ValueRange<Int128>& range) {
  constexpr Int128 kLowest = std::numeric_limits<T>::lowest();
  constexpr Int128 kHighest = std::numeric_limits<T>::max();
  if (range.low > kHighest || range.high < kLowest || range.low > range.high) return {T{1}, T{0}};
  return {range.low < kLowest ? static_cast<T>(kLowest) : static_cast<T>(range.low),
          range.high > kHighest ? static_cast<T>(kHighest) : static_cast<T>(range.high)};
}

}  // namespace gnomon
