#include "features/windows/group_windows.h"

#include <algorithm>

#include "features/windows/last_events.h"

namespace gnomon {

GroupWindows::GroupWindows(const WindowedView& view) : view_(view) {
  for (const WindowedFeature& feature : view.features) {
    auto window =
        std::find_if(windows_.begin(), windows_.end(), [&](const Window& one) { return one.spec == feature.window; });
    window_of_feature_.push_back(static_cast<size_t>(window - windows_.begin()));
    if (window == windows_.end()) windows_.push_back({feature.window, {}, {}, {}});
    auto column = std::find_if(columns_.begin(), columns_.end(), [&](const Column& one) {
      return one.column == feature.column && one.filter == feature.filter;
    });
    column_of_feature_.push_back(static_cast<size_t>(column - columns_.begin()));
    if (column == columns_.end()) columns_.push_back({feature.column, feature.filter, {}});
  }
}

// Both ends only move forward, so that all frames together cost one pass over the events. Windows mostly end alike: then so do
// the frames of the window `before`.
void GroupWindows::set_frames(const GroupEvents& events, const Window* before, Window* window) {
  window->frames.clear();
  window->as_of.clear();
  const bool ends_alike = before != nullptr && before->spec.offset_us == window->spec.offset_us &&
                          before->spec.resolution_us == window->spec.resolution_us;
  int64_t begin = 0;
  int64_t end = 0;
  for (const WindowSpan& span : window->spans) {
    if (ends_alike) {
      end = before->frames[window->frames.size()].end;
    } else {
      while (end < events.count && events.event_time[static_cast<size_t>(end)] < span.end) ++end;
    }
    while (begin < end && events.event_time[static_cast<size_t>(begin)] < span.begin) ++begin;
    window->frames.push_back({begin, end});
    window->as_of.push_back(span.as_of);
  }
}

Events GroupWindows::column_of(const GroupEvents& events, const WindowedFeature& feature) {
  Events result;
  result.count = events.count;
  result.event_time = events.event_time.data();
  result.created_time = events.created_time.empty() ? nullptr : events.created_time.data();
  const GroupEvents::Column* column = feature.column < 0 ? nullptr : &events.columns[static_cast<size_t>(feature.column)];
  if (column != nullptr) {
    result.column = {column->kind, column->ints.data(), column->floats.data(), column->bytes.data(),
                     column->has_nulls ? column->valid.data() : nullptr};
  }
  if (feature.filter < 0) return result;
  valid_ = events.passes[static_cast<size_t>(feature.filter)];
  if (column != nullptr) {
    for (size_t at = 0; at < valid_.size(); ++at) valid_[at] &= column->valid[at];
  }
  result.column.valid = valid_.data();
  return result;
}

Events GroupWindows::column_with_own(const WindowedFeature& feature, const Own& own, int64_t events) {
  Events result = column_of(with_own_, feature);
  if (feature.filter >= 0) return result;  // own events that do not count pass no filter
  if (result.column.valid == nullptr) {
    valid_.assign(static_cast<size_t>(result.count), 1);
  } else {
    valid_.assign(result.column.valid, result.column.valid + result.count);
  }
  for (int64_t at = events; at < result.count; ++at)
    valid_[static_cast<size_t>(at)] &= own.events->counts[static_cast<size_t>(own.first + at - events)];
  result.column.valid = valid_.data();
  return result;
}

void GroupWindows::append_last(const WindowedFeature& feature, const GroupEvents& events,
                               const std::vector<WindowSpan>& spans, const Own& own, ResultColumn* out) {
  LastEvents last(events, feature.column, feature.filter);
  if (!feature.include_request) return last.append(*feature.kernel, feature.window.last_n, spans, out);
  const std::vector<uint8_t>& counts =
      feature.filter < 0 ? own.events->counts : own.events->passes[static_cast<size_t>(feature.filter)];
  last.append_including(*feature.kernel, feature.window.last_n, spans, column_with_own(feature, own, events.count),
                        std::span(counts).subspan(static_cast<size_t>(own.first), spans.size()), out);
}

void GroupWindows::append_window(size_t index, const GroupEvents& events, const Own& own, ResultColumn* out) {
  const WindowedFeature& feature = view_.features[index];
  const Window& window = windows_[window_of_feature_[index]];
  const bool in_order = events.visible_from.empty();
  if (feature.include_request) {
    feature.kernel->slide_including(column_with_own(feature, own, events.count), events.count, window.frames,
                                    events.visible_from, in_order ? std::span<const TimeUs>() : window.as_of, out);
    return;
  }
  Events column = column_of(events, feature);
  column.sums = &columns_[column_of_feature_[index]].sums;
  if (in_order) {
    feature.kernel->slide(column, window.frames, out);
  } else {
    feature.kernel->slide(column, window.frames, events.visible_from, window.as_of, out);
  }
}

Status GroupWindows::append(const GroupEvents& events, std::span<const TimeUs> times, const Own& own,
                            std::vector<ResultColumn>* out) {
  if (own.events != nullptr) own.events->append_to(events, own.first, times, &with_own_);
  for (Column& column : columns_) column.sums.reset();
  for (Window& window : windows_) {
    GN_TRY(window_spans(window.spec, times, &window.spans));
    set_frames(events, &window == windows_.data() ? nullptr : &window - 1, &window);
  }
  for (size_t index = 0; index < view_.features.size(); ++index) {
    const WindowedFeature& feature = view_.features[index];
    if (feature.window.kind == WindowSpec::Kind::kLastN) {
      append_last(feature, events, windows_[window_of_feature_[index]].spans, own, &(*out)[index]);
    } else {
      append_window(index, events, own, &(*out)[index]);
    }
  }
  return Status();
}

}  // namespace gnomon
