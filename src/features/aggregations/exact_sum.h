// Exact sums of doubles and of their squares. Nothing is rounded before the result is read, and that once: adding, removing and
// merging commute and associate to the last bit, and any order, partition or path gives one answer.
//
// Finite values go into a WideNumber (Neal 2015), squares into another: a double is an integer of 53 bits times 2^e, its square one
// of 106 bits. NaN and the infinities are counted apart, so that removing them is exact too.
// Thread-safety: values; one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "features/aggregations/wide_number.h"

namespace gnomon {

// No state counts more events: sums of counts and products with them stay within 64 and 128 bits.
inline constexpr int64_t kMaxCountedEvents = int64_t{1} << 48;

enum class Spread : uint8_t { kPopulation, kSample };  // the divisors n² and n(n − 1)

class ExactSum {
 public:
  void add(double value) { count(value, Sign::kPlus, nullptr); }
  void remove(double value) { count(value, Sign::kMinus, nullptr); }
  void merge(const ExactSum& other);

  int64_t count() const { return finite_ + nan_ + plus_infinity_ + minus_infinity_; }
  double sum() const;   // ±inf where it is too great for a double; a sum of zero is +0.0
  double mean() const;  // REQUIRES: count() > 0. Finite even where the sum is not

  void encode(std::string* out) const;
  // False for bytes that encode() cannot have written. REQUIRES: an empty sum.
  bool decode(StateReader* reader);

 private:
  friend class ExactMoments;
  // Adds or removes a value, and its square if `squares` is given.
  void count(double value, Sign sign, WideNumber* squares);
  // What decides where not all values are finite.
  double special() const;
  bool all_finite() const { return (nan_ | plus_infinity_ | minus_infinity_) == 0; }

  int64_t finite_ = 0;
  int64_t nan_ = 0;
  int64_t plus_infinity_ = 0;
  int64_t minus_infinity_ = 0;
  WideNumber sum_;  // in units of 2^-1074
};

// S = Σx and Q = Σx².
class ExactMoments {
 public:
  void add(double value) { sum_.count(value, Sign::kPlus, &squares_); }
  void remove(double value) { sum_.count(value, Sign::kMinus, &squares_); }
  void merge(const ExactMoments& other);

  int64_t count() const { return sum_.count(); }
  // (nQ − S²) / n² or (nQ − S²) / (n(n − 1)), rounded once; NaN where a value is not finite.
  // REQUIRES: count() > 0, of a sample count() > 1.
  double variance(Spread spread) const;

  void encode(std::string* out) const;
  // As ExactSum::decode.
  bool decode(StateReader* reader);

 private:
  ExactSum sum_;
  WideNumber squares_;  // in units of 2^-2148
};

// The divisor of a variance.
uint128_t variance_divisor(int64_t count, Spread spread);

}  // namespace gnomon
