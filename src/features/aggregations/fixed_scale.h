// FixedScale: brings doubles of a few exponents to integers of one scale, where all of a group's events allow it.
// Thread-safety: values.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>

#include "features/aggregations/aggregation.h"
#include "features/aggregations/rounding.h"

namespace gnomon {

class FixedScale {
 public:
  // Nothing if a value is not finite, or if the values span so many exponents that FixedMoments would not hold their sums.
  static std::optional<FixedScale> of(const Events& events);

  // value = integer · 2^exponent
  int exponent() const { return lowest_ - kBias; }

  // REQUIRES: one of the events' values.
  int128_t integer(double value) const {
    const uint64_t bits = std::bit_cast<uint64_t>(value);
    const int biased = static_cast<int>(bits >> kFractionBits) & 0x7ff;
    const uint64_t fraction = bits & ((uint64_t{1} << kFractionBits) - 1);
    const uint64_t hidden = static_cast<uint64_t>(biased != 0) << kFractionBits;
    const int shift = (biased + (biased == 0) - lowest_) & 127;  // of zeros it may be anything
    const int128_t magnitude = static_cast<int128_t>(static_cast<uint128_t>(fraction | hidden) << shift);
    const int128_t sign = static_cast<int64_t>(bits) >> 63;
    return (magnitude ^ sign) - sign;
  }

 private:
  static constexpr int kFractionBits = 52;
  static constexpr int kBias = 1075;  // a double's lowest bit is worth 2^(biased exponent − kBias)
  explicit FixedScale(int lowest) : lowest_(lowest) {}

  int lowest_;  // the least biased exponent of a value that is not zero
};

}  // namespace gnomon
