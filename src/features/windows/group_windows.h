// GroupWindows: every feature of a view over the events of one group, at ascending times.
// Thread-safety: an object belongs to one thread.
#pragma once

#include <span>
#include <vector>

#include "features/aggregations/running_sums.h"
#include "features/windows/event_rows.h"
#include "features/windows/own_events.h"
#include "features/windows/windowed_join.h"

namespace gnomon {

class GroupWindows {
 public:
  // The view must outlive the object.
  explicit GroupWindows(const WindowedView& view);

  // The own events of the times at hand, from `first` on. Null: no feature includes them.
  struct Own {
    const OwnEvents* events = nullptr;
    int64_t first = 0;
  };

  // Appends one result a time to each of `out`, which has one column a feature. REQUIRES: times ascend.
  Status append(const GroupEvents& events, std::span<const TimeUs> times, const Own& own, std::vector<ResultColumn>* out);

 private:
  // A distinct window, and what it holds at the times of the group at hand.
  struct Window {
    WindowSpec spec;
    std::vector<WindowSpan> spans;
    std::vector<Frame> frames;
    std::vector<TimeUs> as_of;
  };
  // A distinct column with a filter.
  struct Column {
    int column;
    int filter;
    RunningSums sums;
  };
  static void set_frames(const GroupEvents& events, const Window* before, Window* window);
  Events column_of(const GroupEvents& events, const WindowedFeature& feature);
  // The same with the own events behind the `events` others.
  Events column_with_own(const WindowedFeature& feature, const Own& own, int64_t events);
  void append_last(const WindowedFeature& feature, const GroupEvents& events, const std::vector<WindowSpan>& spans,
                   const Own& own, ResultColumn* out);
  void append_window(size_t index, const GroupEvents& events, const Own& own, ResultColumn* out);

  const WindowedView& view_;
  std::vector<Window> windows_;
  std::vector<Column> columns_;
  std::vector<size_t> window_of_feature_;
  std::vector<size_t> column_of_feature_;
  GroupEvents with_own_;        // the group's events, and the own events behind them
  std::vector<uint8_t> valid_;  // of the column at hand, where a filter or nulls leave events out
};

}  // namespace gnomon
