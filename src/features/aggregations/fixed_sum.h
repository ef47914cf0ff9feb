// Exact sums of short integers, and of squares: Int64 as it is, and doubles of a few exponents brought to one scale. Adding costs an
// addition or two, which is what the training path needs.
//
// Bounds: |value| · count < 2^126, so that sums fit in 128 bits, sums of squares and what a variance makes of them in 256.
// Thread-safety: values; one thread.
#pragma once

#include <array>
#include <cstdint>

#include "features/aggregations/exact_sum.h"
#include "features/aggregations/rounding.h"

namespace gnomon {

struct FixedSum {
  int64_t count = 0;
  int128_t sum = 0;

  void add(int128_t value) {
    ++count;
    sum += value;
  }
  void remove(int128_t value) {
    --count;
    sum -= value;
  }
  void merge(const FixedSum& other) {
    count += other.count;
    sum += other.sum;
  }
  void subtract(const FixedSum& other) {
    count -= other.count;
    sum -= other.sum;
  }
};

// sum · 2^exponent; and divided by the count. REQUIRES of the latter: count > 0.
double rounded_sum(const FixedSum& state, int exponent);
double rounded_mean(const FixedSum& state, int exponent);

// 256 bits, enough for sums of squares.
struct Square {
  uint128_t low = 0;
  uint128_t high = 0;

  static Square of(int128_t value) {
    const uint128_t magnitude = value < 0 ? -static_cast<uint128_t>(value) : static_cast<uint128_t>(value);
    const uint64_t near = static_cast<uint64_t>(magnitude);
    const uint64_t far = static_cast<uint64_t>(magnitude >> 64);
    const uint128_t cross = static_cast<uint128_t>(near) * far;  // twice, at 2^64
    const uint128_t lowest = static_cast<uint128_t>(near) * near;
    const uint128_t low = lowest + (cross << 65);
    return {low, static_cast<uint128_t>(far) * far + (cross >> 63) + (low < lowest)};
  }

  std::array<uint64_t, 4> words() const {
    return {static_cast<uint64_t>(low), static_cast<uint64_t>(low >> 64), static_cast<uint64_t>(high),
            static_cast<uint64_t>(high >> 64)};
  }

  // REQUIRES: the result fits.
  void add(const Square& other) {
    low += other.low;
    high += other.high + (low < other.low);
  }
  // True if `other` was the greater: what is left is then off by 2^256.
  bool subtract(const Square& other) {
    const bool borrow = low < other.low;
    const bool is_less = high < other.high || (high == other.high && borrow);
    low -= other.low;
    high -= other.high + borrow;
    return is_less;
  }
};

struct FixedMoments {
  FixedSum values;
  Square squares;

  void add(int128_t value) {
    values.add(value);
    squares.add(Square::of(value));
  }
  void remove(int128_t value) {
    values.remove(value);
    squares.subtract(Square::of(value));
  }
  void merge(const FixedMoments& other) {
    values.merge(other.values);
    squares.add(other.squares);
  }
  void subtract(const FixedMoments& other) {
    values.subtract(other.values);
    squares.subtract(other.squares);
  }
};

// As ExactMoments::variance. REQUIRES: values scaled by 2^exponent, moments that events have.
double rounded_variance(const FixedMoments& state, int exponent, Spread spread);

// Whether there are `count` integers of 64 bits with sums like these, as far as n·Q >= S² and Q <= n·2^126 tell.
// REQUIRES: 0 <= count <= kMaxCountedEvents and |sum| <= count · 2^63.
bool may_be_moments(const FixedMoments& state);

}  // namespace gnomon
