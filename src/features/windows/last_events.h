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
  // The same where the own event of who asks is newer than all: that of span q, if own_counts[q], lies in the last places of `own`.
  void append_including(const Kernel& kernel, int64_t n, const std::vector<WindowSpan>& spans, const Events& own,
                        std::span<const uint8_t> own_counts, ResultColumn* out) const;

 private:
  // Adds the n newest events that are visible to the span.
  void add_newest(const Events& all, const WindowSpan& span, int64_t n, Accumulator* state) const;
  Events events() const;
  bool visible_in_order() const;

  std::vector<TimeUs> event_time_;
  std::vector<TimeUs> created_time_;
  std::vector<TimeUs> visible_from_;
  GroupEvents::Column column_;
};

}  // namespace gnomon
