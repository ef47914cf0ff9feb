// FixedScale: brings doubles of a few exponents to integers of one scale, where all the values that are summed allow it.
// Thread-safety: values.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <span>

#include "features/aggregations/aggregation.h"
#include "features/aggregations/rounding.h"

namespace gnomon {

class FixedScale {
 public:
  // A scale for the values in these frames. Nothing if one is not finite, or if they span so many exponents that FixedMoments would
  // not hold their sums. REQUIRES: frames as in Kernel::slide.
  static std::optional<FixedScale> of(const Events& events, std::span<const Frame> frames);

  // value = integer · 2^exponent
  int exponent() const { return lowest_ - kBias; }

  // REQUIRES: one of those values.
  int128_t integer(double value) const {
    const uint64_t bits = std::bit_cast<uint64_t>(value);
    const int biased = static_cast<int>(bits >> kFractionBits) & 0x7ff;
    const uint64_t fraction = bits & ((uint64_t{1} << kFractionBits) - 1);
    const uint64_t hidden = static_cast<uint64_t>(biased != 0) << kFractionBits;
    const int64_t sign = static_cast<int64_t>(bits) >> 63;
    const int64_t significand = (static_cast<int64_t>(fraction | hidden) ^ sign) - sign;
    const int shift = (biased + (biased == 0) - lowest_) & 63;  // of zeros it may be anything
    return static_cast<int128_t>(significand) * static_cast<int64_t>(uint64_t{1} << shift);
  }

 private:
  static constexpr int kFractionBits = 52;
  static constexpr int kBias = 1075;  // a double's lowest bit is worth 2^(biased exponent − kBias)
  explicit FixedScale(int lowest) : lowest_(lowest) {}

  int lowest_;  // the least biased exponent of a value that is not zero
};

}  // namespace gnomon
