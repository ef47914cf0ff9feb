// Counts by rank, and which ranks have the greatest: (count descending, rank ascending).
//
// A tournament tree: each node names the winner of its two children, so that a change costs one path and the k greatest
// O(k log ranks), whatever lies between them.
// Thread-safety: belongs to one thread.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace gnomon {

class MostFrequent {
 public:
  explicit MostFrequent(size_t ranks)
      : leaves_(std::bit_ceil(std::max<size_t>(ranks, 1))), counts_(leaves_), winners_(2 * leaves_) {
    for (size_t rank = 0; rank < leaves_; ++rank) winners_[leaves_ + rank] = static_cast<int32_t>(rank);
    for (size_t node = leaves_; node-- > 1;) winners_[node] = winners_[2 * node];
  }

  void change(int32_t rank, int64_t by) {
    counts_[static_cast<size_t>(rank)] += by;
    for (size_t node = (leaves_ + static_cast<size_t>(rank)) / 2; node > 0; node /= 2) {
      const int32_t before = winners_[node];
      const int32_t left = winners_[2 * node];
      const int32_t right = winners_[2 * node + 1];
      winners_[node] = count(right) > count(left) ? right : left;
      if (winners_[node] == before && before != rank) return;  // nothing above knows of `rank`
    }
  }

  int64_t count(int32_t rank) const { return counts_[static_cast<size_t>(rank)]; }

  // Up to n ranks with counts above 0 into `ranks`, the most frequent first.
  void top(size_t n, std::vector<int32_t>* ranks) {
    ranks->clear();
    subtrees_.assign(1, 1);
    const auto later = [this](size_t a, size_t b) {
      const int32_t x = winners_[a];
      const int32_t y = winners_[b];
      return count(x) != count(y) ? count(x) < count(y) : x > y;
    };
    while (ranks->size() < n && !subtrees_.empty()) {
      std::pop_heap(subtrees_.begin(), subtrees_.end(), later);
      size_t node = subtrees_.back();
      subtrees_.pop_back();
      const int32_t winner = winners_[node];
      if (count(winner) == 0) return;
      ranks->push_back(winner);
      while (node < leaves_) {  // what remains of the subtree: the siblings along the winner's path
        node *= 2;
        size_t sibling = node + 1;
        if (winners_[node] != winner) std::swap(node, sibling);
        subtrees_.push_back(sibling);
        std::push_heap(subtrees_.begin(), subtrees_.end(), later);
      }
    }
  }

 private:
  size_t leaves_;
  std::vector<int64_t> counts_;
  std::vector<int32_t> winners_;  // node 1 is the root, leaf r is node leaves_ + r
  std::vector<size_t> subtrees_;  // heap, of the answer being made
};

}  // namespace gnomon
