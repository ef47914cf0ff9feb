#include "features/aggregations/percentile_rank.h"

#include <algorithm>
#include <charconv>

#include "gnomon/status.h"

namespace gnomon {
namespace {

__extension__ using UInt128 = unsigned __int128;

constexpr int kMostPlaces = 38;  // 10^38 fits in 128 bits; digits and events together are below 10^37

}  // namespace

PercentileRank::PercentileRank(double p) {
  GN_ASSERT(p > 0 && p <= 1);
  char text[32];  // "d.ddde-xx", at most 17 digits
  const auto [end, error] = std::to_chars(text, text + sizeof text, p, std::chars_format::scientific);
  GN_ASSERT(error == std::errc());
  const char* exponent = std::find(text, end, 'e');
  for (const char* at = text; at != exponent; ++at) {
    if (*at == '.') continue;
    digits_ = digits_ * 10 + (*at - '0');
    ++places_;
  }
  int power = 0;
  std::from_chars(exponent + (exponent[1] == '+' ? 2 : 1), end, power);
  places_ -= 1 + power;
}

int64_t PercentileRank::of(int64_t n) const {
  if (places_ > kMostPlaces) return 1;
  UInt128 one = 1;
  for (int place = 0; place < places_; ++place) one *= 10;
  const UInt128 product = static_cast<UInt128>(digits_) * static_cast<UInt128>(n);
  return static_cast<int64_t>((product + one - 1) / one);
}

}  // namespace gnomon
