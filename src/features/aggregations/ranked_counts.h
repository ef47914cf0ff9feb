// Counts by rank, and the rank of the k-th smallest of all that is counted.
//
// A Fenwick tree (Fenwick, "A new data structure for cumulative frequency tables", 1994): both cost O(log ranks).
// Thread-safety: belongs to one thread.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace gnomon {

class RankedCounts {
 public:
  explicit RankedCounts(size_t ranks) : sums_(ranks + 1), widest_(std::bit_floor(ranks)) {}

  int64_t total() const { return total_; }

  void change(int32_t rank, int64_t by) {
    total_ += by;
    for (auto node = static_cast<size_t>(rank) + 1; node < sums_.size(); node += node & -node) sums_[node] += by;
  }

  // REQUIRES: 0 <= k < total().
  int32_t kth(int64_t k) const {
    size_t node = 0;
    for (size_t width = widest_; width > 0; width /= 2) {
      if (node + width < sums_.size() && sums_[node + width] <= k) {
        node += width;
        k -= sums_[node];
      }
    }
    return static_cast<int32_t>(node);
  }

 private:
  std::vector<int64_t> sums_;  // node i, from 1: of the i & -i ranks that end with rank i - 1
  size_t widest_;
  int64_t total_ = 0;
};

}  // namespace gnomon
