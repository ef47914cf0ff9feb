#include "features/aggregations/fixed_scale.h"

#include <algorithm>

namespace gnomon {
namespace {

constexpr uint64_t kMagnitudeMask = ~uint64_t{0} >> 1;
constexpr int kSignificantBits = 53;
constexpr int kSumBits = 126;
constexpr int kMaxShift = 62;  // so that a significand is brought to scale by one multiplication

}  // namespace

std::optional<FixedScale> FixedScale::of(const Events& events, std::span<const Frame> frames) {
  uint64_t greatest = 0;
  uint64_t least = ~uint64_t{0};  // magnitudes less one: zero fits every scale and must not count
  const double* values = events.column.floats;
  const uint8_t* valid = events.column.valid;
  int64_t reached = 0;
  for (const Frame& frame : frames) {  // they overlap: each event once
    for (int64_t at = std::max(reached, frame.begin); at < frame.end; ++at) {
      if (valid != nullptr && valid[at] == 0) continue;
      const uint64_t magnitude = std::bit_cast<uint64_t>(values[at]) & kMagnitudeMask;
      greatest = std::max(greatest, magnitude);
      least = std::min(least, magnitude - 1);
    }
    reached = frame.end;
  }
  if (greatest == 0) return FixedScale(kBias);
  const int highest_exponent = static_cast<int>(greatest >> kFractionBits);
  const int lowest_exponent = std::max(1, static_cast<int>((least + 1) >> kFractionBits));
  if (highest_exponent == 0x7ff) return std::nullopt;
  const int count_bits = 64 - std::countl_zero(static_cast<uint64_t>(events.count));
  if (highest_exponent - lowest_exponent > kMaxShift) return std::nullopt;
  if (highest_exponent - lowest_exponent + kSignificantBits + count_bits > kSumBits) return std::nullopt;
  return FixedScale(lowest_exponent);
}

}  // namespace gnomon
