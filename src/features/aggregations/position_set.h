// A set of places in [0, size): change and next or last member in O(log size / 6), one bit a place.
//
//   level 0   0110 0000 1000 …   the places
//   level 1   1    0    1        which words of the level below hold any
//
// Thread-safety: a value.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace gnomon {

class PositionSet {
 public:
  static constexpr int64_t kNone = -1;

  explicit PositionSet(int64_t size) {
    auto words = static_cast<size_t>(size) / 64 + 1;
    for (levels_.emplace_back(words); words > 1; levels_.emplace_back(words)) words = (words + 63) / 64;
  }

  void insert(int64_t place) {
    for (auto at = static_cast<size_t>(place); auto& level : levels_) {
      level[at / 64] |= bit(at);
      at /= 64;
    }
  }

  void erase(int64_t place) {
    for (auto at = static_cast<size_t>(place); auto& level : levels_) {
      level[at / 64] &= ~bit(at);
      if (level[at / 64] != 0) return;
      at /= 64;
    }
  }

  // The least member >= place, or kNone. REQUIRES: 0 <= place <= size.
  int64_t first_from(int64_t place) const {
    auto at = static_cast<size_t>(place);
    for (size_t level = 0; level < levels_.size(); ++level) {
      if (at / 64 >= levels_[level].size()) return kNone;
      const uint64_t rest = levels_[level][at / 64] & (~uint64_t{0} << at % 64);
      if (rest != 0)
        return descend(level, at / 64 * 64 + static_cast<size_t>(std::countr_zero(rest)),
                       [](uint64_t word) { return std::countr_zero(word); });
      at = at / 64 + 1;
    }
    return kNone;
  }

  // The greatest member < place, or kNone. REQUIRES: 0 <= place <= size.
  int64_t last_before(int64_t place) const {
    auto at = static_cast<size_t>(place);
    for (size_t level = 0; level < levels_.size(); ++level) {
      const uint64_t rest = levels_[level][at / 64] & (bit(at) - 1);
      if (rest != 0) return descend(level, at / 64 * 64 + highest(rest), highest);
      at /= 64;
    }
    return kNone;
  }

 private:
  static uint64_t bit(size_t at) { return uint64_t{1} << at % 64; }
  static size_t highest(uint64_t word) { return 63 - static_cast<size_t>(std::countl_zero(word)); }

  template <class Choose>
  int64_t descend(size_t level, size_t at, Choose choose) const {
    for (; level > 0; --level) at = at * 64 + static_cast<size_t>(choose(levels_[level - 1][at]));
    return static_cast<int64_t>(at);
  }

  std::vector<std::vector<uint64_t>> levels_;
};

}  // namespace gnomon
