// Which events a frame sees where they become visible out of order.
//
// Most events are visible by the time that a frame first reaches them; only the others, the late ones, need to be waited for.
// Thread-safety: values; LateArrivals belongs to one thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "features/aggregations/aggregation.h"
#include "gnomon/env.h"

namespace gnomon {

// As in Kernel::slide. REQUIRES: what it views outlives it.
struct VisibleFrames {
  std::span<const Frame> frames;
  std::span<const TimeUs> visible_from;  // of each event
  std::span<const TimeUs> times;         // of each frame, ascending

  bool sees(size_t frame, int64_t event) const { return visible_from[static_cast<size_t>(event)] <= times[frame]; }
};

struct LateEvent {
  TimeUs visible_from;
  int64_t event;
};

// The events that the first frame to reach them does not see, but a later frame may, by visible_from. An event that comes to lie
// before a frame's begin before any frame reached it belongs to no frame.
std::vector<LateEvent> find_late_events(const VisibleFrames& visible);

// Hands out late events at the first frame that is late enough to see them. REQUIRES: frames are visited in order.
class LateArrivals {
 public:
  LateArrivals(const VisibleFrames& visible, const std::vector<LateEvent>& late) : times_(visible.times), late_(late) {}

  template <class Use>
  void operator()(size_t frame, const Use& use) const {
    for (; next_ < late_.size() && late_[next_].visible_from <= times_[frame]; ++next_) use(late_[next_].event);
  }

 private:
  std::span<const TimeUs> times_;
  std::span<const LateEvent> late_;
  mutable size_t next_ = 0;
};

}  // namespace gnomon
