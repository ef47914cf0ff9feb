#include "features/windows/group_windows.h"

#include <algorithm>

#include "features/windows/last_events.h"

namespace gnomon {

GroupWindows::GroupWindows(const WindowedView& view) : view_(view) {
  for (const WindowedFeature& feature : view.features) {
    auto found = std::find(windows_.begin(), windows_.end(), feature.window);
    window_of_feature_.push_back(static_cast<size_t>(found - windows_.begin()));
    if (found == windows_.end()) windows_.push_back(feature.window);
  }
}

// Both ends only move forward, so that all frames together cost one pass over the events.
GroupWindows::Frames GroupWindows::frames_of(const GroupEvents& events, const std::vector<WindowSpan>& spans) const {
  Frames result;
  result.frames.reserve(spans.size());
  result.as_of.reserve(spans.size());
  int64_t begin = 0;
  int64_t end = 0;
  for (const WindowSpan& span : spans) {
    while (begin < events.count && events.event_time[static_cast<size_t>(begin)] < span.begin) ++begin;
    end = std::max(begin, end);
    while (end < events.count && events.event_time[static_cast<size_t>(end)] < span.end) ++end;
    result.frames.push_back({begin, end});
    result.as_of.push_back(span.as_of);
  }
  return result;
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

Status GroupWindows::append(const GroupEvents& events, std::span<const TimeUs> times, std::vector<ResultColumn>* out) {
  std::vector<std::vector<WindowSpan>> spans;
  std::vector<Frames> frames;
  for (const WindowSpec& window : windows_) {
    GN_ASSIGN(std::vector<WindowSpan> of_window, window_spans(window, times));
    frames.push_back(frames_of(events, of_window));
    spans.push_back(std::move(of_window));
  }
  for (size_t index = 0; index < view_.features.size(); ++index) {
    const WindowedFeature& feature = view_.features[index];
    size_t window = window_of_feature_[index];
    if (feature.window.kind == WindowSpec::Kind::kLastN) {
      LastEvents(events, feature.column, feature.filter)
          .append(*feature.kernel, feature.window.last_n, spans[window], &(*out)[index]);
      continue;
    }
    Events column = column_of(events, feature);
    if (events.visible_from.empty()) {
      feature.kernel->slide(column, frames[window].frames, &(*out)[index]);
    } else {
      feature.kernel->slide(column, frames[window].frames, events.visible_from, frames[window].as_of, &(*out)[index]);
    }
  }
  return Status();
}

}  // namespace gnomon
