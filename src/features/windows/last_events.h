// LastEvents: windows of the n newest events. Such a window is a run of events only after those that do not pass the filter are
// gone, and only if events of equal times lie in the order of their values; so it works on a copy.
// Thread-safety: an object belongs to one thread.
#pragma once

#include <span>
#include <vector>

#include "features/aggregations/aggregation.h"
#include "features/windows/event_rows.h"
#include "features/windows/window_span.h"

namespace gnomon {

class LastEvents {
 public:
  // `column`, `filter`: indices into the events' columns and passes, or -1.
  LastEvents(const GroupEvents& events, int column, int filter);

  // Appends the result over the last `n` events of each span that are visible at its time. REQUIRES: spans ascend.
  void append(const Kernel& kernel, int64_t n, const std::vector<WindowSpan>& spans, ResultColumn* out) const;

 private:
  Events events() const;
  bool visible_in_order() const;

  std::vector<TimeUs> event_time_;
  std::vector<TimeUs> created_time_;
  std::vector<TimeUs> visible_from_;
  GroupEvents::Column column_;
};

}  // namespace gnomon
