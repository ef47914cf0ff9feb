#include "features/aggregations/rounding.h"

#include <bit>

#include "gnomon/status.h"

namespace gnomon {
namespace {

constexpr int kFractionBits = 52;
constexpr int kLeastNormalExponent = -1022;
constexpr int kGreatestExponent = 1023;

// An infinitely precise value: top · 2^exponent, and a little more if there is `rest`.
struct Precise {
  uint64_t top;
  int exponent;
  bool rest;
};

double nearest(Sign sign, Precise value) {
  const uint64_t sign_bit = sign == Sign::kMinus ? uint64_t{1} << 63 : 0;
  if (value.top == 0) return 0.0;  // there is no rest below a top of zero
  const int spare = std::countl_zero(value.top);
  const uint64_t top = value.top << spare;
  const int exponent = value.exponent - spare + 63;  // of the highest bit
  if (exponent > kGreatestExponent) return std::bit_cast<double>(sign_bit | uint64_t{0x7ff} << kFractionBits);
  int dropped = 63 - kFractionBits;
  if (exponent < kLeastNormalExponent) dropped += kLeastNormalExponent - exponent;  // subnormals have fewer bits
  if (dropped > 64) return std::bit_cast<double>(sign_bit);                         // less than half of the least
  const uint64_t half = uint64_t{1} << (dropped - 1);
  uint64_t kept = dropped == 64 ? 0 : top >> dropped;
  const uint64_t remainder = top & (half | (half - 1));
  if (remainder > half || (remainder == half && (value.rest || kept % 2 == 1))) ++kept;
  // The highest kept bit carries into the exponent, and so does rounding up to the next power of two, or to infinity.
  const uint64_t biased = exponent < kLeastNormalExponent ? 0 : static_cast<uint64_t>(exponent - kLeastNormalExponent);
  return std::bit_cast<double>(sign_bit | ((biased << kFractionBits) + kept));
}

int bit_length(std::span<const uint64_t> words) {
  size_t size = words.size();
  while (size > 0 && words[size - 1] == 0) --size;
  return size == 0 ? 0 : static_cast<int>(size) * 64 - std::countl_zero(words[size - 1]);
}

int bit_length(uint128_t value) {
  const uint64_t words[] = {static_cast<uint64_t>(value), static_cast<uint64_t>(value >> 64)};
  return bit_length(words);
}

// The 64 bits from `bit` on, which may lie outside the words: there they are zero.
uint64_t word_from(std::span<const uint64_t> words, int bit) {
  const int index = bit >> 6;
  const int shift = bit & 63;
  const auto at = [&](int i) {
    return i < 0 || i >= static_cast<int>(words.size()) ? uint64_t{0} : words[static_cast<size_t>(i)];
  };
  return shift == 0 ? at(index) : at(index) >> shift | at(index + 1) << (64 - shift);
}

bool any_below(std::span<const uint64_t> words, int bit) {
  if (bit <= 0) return false;
  const size_t whole = static_cast<size_t>(bit) / 64;
  for (size_t i = 0; i < whole; ++i) {
    if (words[i] != 0) return true;
  }
  return bit % 64 != 0 && (words[whole] & ((uint64_t{1} << (bit % 64)) - 1)) != 0;
}

// high · 2^128 + low over the divisor, bit by bit. REQUIRES: the quotient is below 2^64.
uint64_t divide_long(uint64_t high, uint128_t low, uint128_t divisor, bool* rest) {
  uint128_t remainder = static_cast<uint128_t>(high) << 64 | static_cast<uint64_t>(low >> 64);  // below the divisor
  uint64_t quotient = 0;
  for (int bit = 63; bit >= 0; --bit) {
    remainder = remainder << 1 | (static_cast<uint64_t>(low) >> bit & 1);
    quotient <<= 1;
    if (remainder >= divisor) {
      remainder -= divisor;
      quotient |= 1;
    }
  }
  *rest = remainder != 0;
  return quotient;
}

}  // namespace

double round_to_double(Sign sign, std::span<const uint64_t> magnitude, int exponent) {
  const int low = bit_length(magnitude) - 64;  // of the highest 64 bits
  return nearest(sign, {word_from(magnitude, low), exponent + low, any_below(magnitude, low)});
}

double round_quotient(Sign sign, std::span<const uint64_t> magnitude, int exponent, uint128_t divisor) {
  const int length = bit_length(magnitude);
  if (length == 0) return 0.0;
  // With this many bits of the dividend the quotient has 63 or 64, enough to round and never too many.
  const int divisor_length = bit_length(divisor);
  GN_ASSERT(divisor_length > 0 && divisor_length < 128);
  const int low = length - (divisor_length + 63);
  const uint128_t dividend = static_cast<uint128_t>(word_from(magnitude, low + 64)) << 64 | word_from(magnitude, low);
  uint64_t quotient = 0;
  bool rest = false;
  if (divisor_length <= 64) {
    const uint64_t narrow_divisor = static_cast<uint64_t>(divisor);
    quotient = static_cast<uint64_t>(dividend / narrow_divisor);
    rest = dividend != static_cast<uint128_t>(quotient) * narrow_divisor;
  } else {
    quotient = divide_long(word_from(magnitude, low + 128), dividend, divisor, &rest);
  }
  return nearest(sign, {quotient, exponent + low, rest || any_below(magnitude, low)});
}

}  // namespace gnomon
