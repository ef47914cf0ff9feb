#include "features/aggregations/fixed_sum.h"

#include <bit>

namespace gnomon {
namespace {

constexpr int kLeastNormal = -1022;
constexpr int64_t kExactIntegers = int64_t{1} << 53;

// REQUIRES: a normal double.
double power_of_two(int exponent) { return std::bit_cast<double>(static_cast<uint64_t>(exponent - kLeastNormal + 1) << 52); }

struct Magnitude {
  Sign sign;
  std::array<uint64_t, 2> words;
};

Magnitude magnitude_of(int128_t value) {
  const uint128_t magnitude = value < 0 ? -static_cast<uint128_t>(value) : static_cast<uint128_t>(value);
  return {value < 0 ? Sign::kMinus : Sign::kPlus,
          {static_cast<uint64_t>(magnitude), static_cast<uint64_t>(magnitude >> 64)}};
}

uint128_t full_product(uint128_t value, uint64_t factor, uint64_t* carry) {
  const uint128_t low = static_cast<uint128_t>(static_cast<uint64_t>(value)) * factor + *carry;
  const uint128_t high =
      static_cast<uint128_t>(static_cast<uint64_t>(value >> 64)) * factor + static_cast<uint64_t>(low >> 64);
  *carry = static_cast<uint64_t>(high >> 64);
  return high << 64 | static_cast<uint64_t>(low);
}

// REQUIRES: it fits.
Square product(const Square& value, uint64_t factor) {
  uint64_t carry = 0;
  const uint128_t low = full_product(value.low, factor, &carry);
  return {low, full_product(value.high, factor, &carry)};
}

}  // namespace

double rounded_sum(const FixedSum& state, int exponent) {
  // Conversion rounds to nearest even, and the product is exact: the sum of integers is at least one unit, which is no subnormal.
  if (exponent >= kLeastNormal) return static_cast<double>(state.sum) * power_of_two(exponent);
  const Magnitude sum = magnitude_of(state.sum);
  return round_to_double(sum.sign, sum.words, exponent);
}

double rounded_mean(const FixedSum& state, int exponent) {
  const bool is_exact = state.sum >= -kExactIntegers && state.sum <= kExactIntegers && state.count <= kExactIntegers;
  // Rounded once, in the division: no quotient is subnormal.
  if (is_exact && exponent >= kLeastNormal + 64) {
    return static_cast<double>(state.sum) / static_cast<double>(state.count) * power_of_two(exponent);
  }
  const Magnitude sum = magnitude_of(state.sum);
  return round_quotient(sum.sign, sum.words, exponent, static_cast<uint128_t>(state.count));
}

bool may_be_moments(const FixedMoments& state) {
  const auto count = static_cast<uint64_t>(state.values.count);
  const std::array<uint64_t, 4> words = state.squares.words();
  const uint64_t top = words[2] << 2 | words[1] >> 62;  // the squares over 2^126
  const bool is_below =
      words[3] == 0 && words[2] >> 62 == 0 && (top < count || (top == count && words[1] << 2 == 0 && words[0] == 0));
  Square spread = product(state.squares, count);
  return is_below && !spread.subtract(Square::of(state.values.sum));
}

double rounded_variance(const FixedMoments& state, int exponent, Spread spread) {
  Square numerator = product(state.squares, static_cast<uint64_t>(state.values.count));
  numerator.subtract(Square::of(state.values.sum));
  return round_quotient(Sign::kPlus, numerator.words(), 2 * exponent, variance_divisor(state.values.count, spread));
}

}  // namespace gnomon
