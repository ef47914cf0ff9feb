#include "features/aggregations/visibility.h"

#include <algorithm>
#include <tuple>

namespace gnomon {

std::vector<LateEvent> find_late_events(const VisibleFrames& visible) {
  std::vector<LateEvent> late;
  if (visible.frames.empty()) return late;
  int64_t reached = 0;
  for (size_t q = 0; q < visible.frames.size(); ++q) {
    const Frame& frame = visible.frames[q];
    for (reached = std::max(reached, frame.begin); reached < frame.end; ++reached) {
      const TimeUs from = visible.visible_from[static_cast<size_t>(reached)];
      if (from > visible.times[q]) late.push_back({from, reached});
    }
  }
  std::sort(late.begin(), late.end(), [](const LateEvent& a, const LateEvent& b) {
    return std::tie(a.visible_from, a.event) < std::tie(b.visible_from, b.event);
  });
  return late;
}

}  // namespace gnomon
