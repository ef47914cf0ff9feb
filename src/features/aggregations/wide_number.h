// WideNumber: an integer of thousands of bits that takes additions of short ones anywhere in its range. It is the superaccumulator
// of exact sums, after R. Neal, "Fast exact summation using small and large superaccumulators" (2015), with one difference: only
// the words between the lowest and the highest bit ever touched are kept, since real data span few exponents.
//
// Two's complement, so that additions, subtractions and merges in any order end in the same value, and encode() in the same bytes.
// Thread-safety: a value; one thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "features/aggregations/rounding.h"
#include "features/aggregations/state_bytes.h"

namespace gnomon {

class WideNumber {
 public:
  // |value| = words · 2^(64 · low_word)
  struct Magnitude {
    static constexpr int kMaxWords = 72;
    std::array<uint64_t, kMaxWords> storage;
    int size = 0;
    int low_word = 0;
    std::span<const uint64_t> words() const { return {storage.data(), static_cast<size_t>(size)}; }
  };

  // Adds ± magnitude · 2^shift. REQUIRES: 0 <= shift, and the sum stays below 2^(64 · (kMaxWords - 3)) in magnitude.
  void add(Sign sign, uint128_t magnitude, int shift);
  void add(const WideNumber& other) { combine(other, 0); }
  void subtract(const WideNumber& other) { combine(other, ~uint64_t{0}); }

  bool is_zero() const;
  Sign sign() const { return size_ > 0 && is_negative(words()[size_ - 1]) ? Sign::kMinus : Sign::kPlus; }
  Magnitude magnitude() const;

  // Place of the lowest non-zero byte (2 bytes), number of bytes (2), the bytes, lowest first: as few as tell the sign.
  void encode(std::string* out) const;
  // False for bytes that encode() cannot have written, and where the value would have `max_bits` bits or more.
  // REQUIRES: an empty number.
  bool decode(StateReader* reader, int max_bits);

 private:
  static bool is_negative(uint64_t word) { return word >> 63 != 0; }
  uint64_t* words() { return far_.empty() ? near_.data() : far_.data(); }
  const uint64_t* words() const { return far_.empty() ? near_.data() : far_.data(); }
  uint64_t sign_word() const { return size_ > 0 && is_negative(words()[size_ - 1]) ? ~uint64_t{0} : 0; }
  // Makes the words [low, high) part of the window, and leaves room for a carry.
  void cover(int low, int high);
  void move_window(int low, int size);
  void combine(const WideNumber& other, uint64_t inverted);

  int low_word_ = 0;
  int size_ = 0;
  std::array<uint64_t, 5> near_ = {};  // the words while they are few
  std::vector<uint64_t> far_;          // else
};

}  // namespace gnomon
