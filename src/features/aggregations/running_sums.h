// RunningSums: what the events before each place of a group add up to. A window's sums are then one subtraction, whatever its
// length, and all windows and functions over a column share one pass over it.
//
// Exact sums make this legal: what is subtracted leaves nothing behind. Kept for groups of moderate size only: those of others
// would leave the processor's cache, and their windows are slid over one by one.
// Thread-safety: an object belongs to one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "features/aggregations/aggregation.h"
#include "features/aggregations/fixed_scale.h"
#include "features/aggregations/fixed_sum.h"

namespace gnomon {

class RunningSums {
 public:
  // Forgets the events: another group follows.
  void reset() {
    sums_.clear();
    squares_.clear();
    is_refused_ = false;
  }

  // False where the events are too many or their values have no common scale. REQUIRES: the same events until reset(), of numbers.
  bool make_sums(const Events& events);
  bool make_squares(const Events& events);

  // Of floats. REQUIRES: one of the above was true.
  const FixedScale& scale() const { return *scale_; }

  // REQUIRES: make_sums.
  FixedSum sum(const Frame& frame) const {
    FixedSum result = sums_[static_cast<size_t>(frame.end)];
    result.subtract(sums_[static_cast<size_t>(frame.begin)]);
    return result;
  }
  // REQUIRES: make_squares.
  FixedMoments moments(const Frame& frame) const {
    Square squares = squares_[static_cast<size_t>(frame.end)];
    squares.subtract(squares_[static_cast<size_t>(frame.begin)]);
    return {sum(frame), squares};
  }

 private:
  static constexpr int64_t kMostEvents = 1 << 12;

  template <class Use>
  void for_values(const Events& events, const Use& use) const;

  bool is_refused_ = false;
  std::optional<FixedScale> scale_;
  std::vector<FixedSum> sums_;   // empty: not made
  std::vector<Square> squares_;  // empty: not made
};

}  // namespace gnomon
