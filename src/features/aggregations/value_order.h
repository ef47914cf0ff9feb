// The order of aggregated values, and the one form in which equal values are kept.
//
//   integers numerically · strings and bytes bytewise · floats by IEEE 754 totalOrder (-0.0 < +0.0), all NaNs one, the greatest
//
// Where values are told apart by what they mean (mode, median, distinct counts), -0.0 is +0.0 as well: see distinct_form().
// Thread-safety: pure functions.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>

#include "features/aggregations/state_bytes.h"

namespace gnomon {

// How a state keeps a value of its own: bytes outlive the batch that they came from.
template <class Value>
using Owned = std::conditional_t<std::is_same_v<Value, std::string_view>, std::string, Value>;

// What an owned value is read as.
template <class Kept>
using Viewed = std::conditional_t<std::is_same_v<Kept, std::string>, std::string_view, Kept>;

template <class Kept>
bool read_kept(StateReader& reader, Kept* kept) {
  Viewed<Kept> view{};
  if (!reader.read(&view)) return false;
  *kept = Kept(view);
  return true;
}

// All NaNs become one; everything else stays, the sign of zero included.
inline int64_t content_form(int64_t value) { return value; }
inline std::string_view content_form(std::string_view value) { return value; }
inline double content_form(double value) { return value != value ? std::numeric_limits<double>::quiet_NaN() : value; }

// As content_form, and -0.0 becomes +0.0.
inline int64_t distinct_form(int64_t value) { return value; }
inline std::string_view distinct_form(std::string_view value) { return value; }
inline double distinct_form(double value) { return content_form(value) + 0.0; }

// Unsigned integers in the order of the floats. REQUIRES: content_form.
inline uint64_t order_bits(double value) {
  uint64_t bits = std::bit_cast<uint64_t>(value);
  return bits >> 63 != 0 ? ~bits : bits | uint64_t{1} << 63;
}

// REQUIRES: values in content_form or distinct_form.
inline bool value_less(int32_t a, int32_t b) { return a < b; }
inline bool value_less(int64_t a, int64_t b) { return a < b; }
inline bool value_less(double a, double b) { return order_bits(a) < order_bits(b); }
inline bool value_less(std::string_view a, std::string_view b) { return a < b; }

inline bool value_equal(int32_t a, int32_t b) { return a == b; }
inline bool value_equal(int64_t a, int64_t b) { return a == b; }
inline bool value_equal(double a, double b) { return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b); }
inline bool value_equal(std::string_view a, std::string_view b) { return a == b; }

}  // namespace gnomon
