// Which of n values in order is a percentile: max(1, ceil(p·n)), the nearest rank.
//
// p is the decimal that its shortest spelling says, and the product exact: p = 0.07 of 100 values is the 7th, though the float
// nearest to 0.07 lies above it.
// Thread-safety: a value.
#pragma once

#include <cstdint>

namespace gnomon {

class PercentileRank {
 public:
  // REQUIRES: 0 < p <= 1.
  explicit PercentileRank(double p);

  // From 1 to n. REQUIRES: n > 0.
  int64_t of(int64_t n) const;

 private:
  int64_t digits_ = 0;  // p = digits_ / 10^places_
  int places_ = 0;
};

}  // namespace gnomon
