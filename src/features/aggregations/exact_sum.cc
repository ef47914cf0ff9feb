#include "features/aggregations/exact_sum.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

#include "gnomon/status.h"

namespace gnomon {
namespace {

constexpr int kFractionBits = 52;
constexpr int kUnitExponent = -1074;  // of the least subnormal
constexpr int kCountBits = 48;
constexpr int kSumBits = 1024 - kUnitExponent + kCountBits;
constexpr int kSquareBits = 2 * (1024 - kUnitExponent) + kCountBits;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

using Words = std::array<uint64_t, WideNumber::Magnitude::kMaxWords>;

// target[at…] += words · factor. REQUIRES: the word behind them is still zero.
void add_product(Words* target, int at, std::span<const uint64_t> words, uint64_t factor) {
  uint64_t carry = 0;
  size_t place = static_cast<size_t>(at);
  for (uint64_t word : words) {
    const uint128_t sum = static_cast<uint128_t>(word) * factor + (*target)[place] + carry;
    (*target)[place++] = static_cast<uint64_t>(sum);
    carry = static_cast<uint64_t>(sum >> 64);
  }
  if (carry != 0) (*target)[place] = carry;
}

// target -= other; true if it became negative.
bool subtract(Words* target, const Words& other, int size) {
  uint64_t borrow = 0;
  for (size_t i = 0; i < static_cast<size_t>(size); ++i) {
    const uint128_t difference = static_cast<uint128_t>((*target)[i]) - other[i] - borrow;
    (*target)[i] = static_cast<uint64_t>(difference);
    borrow = static_cast<uint64_t>(difference >> 64) & 1;
  }
  return borrow != 0;
}

}  // namespace

uint128_t variance_divisor(int64_t count, Spread spread) {
  const auto n = static_cast<uint128_t>(count);
  return spread == Spread::kPopulation ? n * n : n * (n - 1);
}

void ExactSum::count(double value, Sign sign, WideNumber* squares) {
  const int64_t step = sign == Sign::kPlus ? 1 : -1;
  const uint64_t bits = std::bit_cast<uint64_t>(value);
  const int biased = static_cast<int>(bits >> kFractionBits) & 0x7ff;
  const uint64_t fraction = bits & ((uint64_t{1} << kFractionBits) - 1);
  if (biased == 0x7ff) {
    (fraction != 0 ? nan_ : bits >> 63 == 0 ? plus_infinity_ : minus_infinity_) += step;
    return;
  }
  finite_ += step;
  const uint64_t integer = biased == 0 ? fraction : fraction | uint64_t{1} << kFractionBits;
  const int shift = std::max(biased, 1) - 1;
  const bool is_negative = bits >> 63 != 0;
  sum_.add(is_negative == (sign == Sign::kMinus) ? Sign::kPlus : Sign::kMinus, integer, shift);
  if (squares != nullptr) squares->add(sign, static_cast<uint128_t>(integer) * integer, 2 * shift);
}

void ExactSum::merge(const ExactSum& other) {
  finite_ += other.finite_;
  nan_ += other.nan_;
  plus_infinity_ += other.plus_infinity_;
  minus_infinity_ += other.minus_infinity_;
  sum_.add(other.sum_);
}

double ExactSum::special() const {
  if (nan_ > 0 || (plus_infinity_ > 0 && minus_infinity_ > 0)) return kNaN;
  return plus_infinity_ > 0 ? kInfinity : -kInfinity;
}

double ExactSum::sum() const {
  if (!all_finite()) return special();
  const WideNumber::Magnitude magnitude = sum_.magnitude();
  return round_to_double(sum_.sign(), magnitude.words(), kUnitExponent + 64 * magnitude.low_word);
}

double ExactSum::mean() const {
  if (!all_finite()) return special();
  const WideNumber::Magnitude magnitude = sum_.magnitude();
  return round_quotient(sum_.sign(), magnitude.words(), kUnitExponent + 64 * magnitude.low_word,
                        static_cast<uint128_t>(finite_));
}

// The number of finite values; whether others follow (1 byte); their three counts if so; the sum.
void ExactSum::encode(std::string* out) const {
  put(finite_, out);
  put(static_cast<uint8_t>(all_finite() ? 0 : 1), out);
  if (!all_finite()) {
    put(nan_, out);
    put(plus_infinity_, out);
    put(minus_infinity_, out);
  }
  sum_.encode(out);
}

bool ExactSum::decode(StateReader* reader) {
  uint8_t has_specials = 0;
  if (!reader->read(&finite_) || !reader->read(&has_specials) || has_specials > 1) return false;
  if (has_specials == 1) {
    if (!reader->read(&nan_) || !reader->read(&plus_infinity_) || !reader->read(&minus_infinity_) || all_finite())
      return false;
  }
  for (int64_t counted : {finite_, nan_, plus_infinity_, minus_infinity_}) {
    if (counted < 0 || counted > kMaxCountedEvents) return false;
  }
  return sum_.decode(reader, kSumBits) && (finite_ > 0 || sum_.is_zero());
}

void ExactMoments::merge(const ExactMoments& other) {
  sum_.merge(other.sum_);
  squares_.add(other.squares_);
}

double ExactMoments::variance(Spread spread) const {
  if (!sum_.all_finite()) return kNaN;
  const WideNumber::Magnitude sum = sum_.sum_.magnitude();
  const WideNumber::Magnitude squares = squares_.magnitude();
  if (squares.size == 0) return 0.0;
  const int sum_low = sum.size == 0 ? squares.low_word : 2 * sum.low_word;
  const int low = std::min(squares.low_word, sum_low);
  const int high = std::max(squares.low_word + squares.size + 1, sum_low + 2 * sum.size);
  GN_ASSERT(high - low <= WideNumber::Magnitude::kMaxWords);
  Words numerator = {};
  Words square = {};
  add_product(&numerator, squares.low_word - low, squares.words(), static_cast<uint64_t>(sum_.finite_));
  for (int i = 0; i < sum.size; ++i)
    add_product(&square, sum_low - low + i, sum.words(), sum.words()[static_cast<size_t>(i)]);
  if (subtract(&numerator, square, high - low)) return kNaN;  // no events have these moments
  return round_quotient(Sign::kPlus, {numerator.data(), static_cast<size_t>(high - low)}, 2 * kUnitExponent + 64 * low,
                        variance_divisor(sum_.finite_, spread));
}

void ExactMoments::encode(std::string* out) const {
  sum_.encode(out);
  squares_.encode(out);
}

bool ExactMoments::decode(StateReader* reader) {
  if (!sum_.decode(reader) || !squares_.decode(reader, kSquareBits) || squares_.sign() == Sign::kMinus) return false;
  return squares_.is_zero() ? sum_.sum_.is_zero() : sum_.finite_ > 0;
}

}  // namespace gnomon
