#include "features/windows/last_events.h"

#include <algorithm>

#include "features/aggregations/value_order.h"

namespace gnomon {
namespace {

// The order of content of two values of one column.
bool less_value(const GroupEvents::Column& column, size_t a, size_t b) {
  if (column.kind == ValueKind::kNone) return false;
  if (column.valid[a] != column.valid[b]) return column.valid[a] < column.valid[b];  // null is less than any value
  if (column.valid[a] == 0) return false;
  if (column.kind == ValueKind::kInt) return column.ints[a] < column.ints[b];
  if (column.kind == ValueKind::kBytes) return column.bytes[a] < column.bytes[b];
  return order_bits(content_form(column.floats[a])) < order_bits(content_form(column.floats[b]));
}

int64_t first_at_or_after(const std::vector<TimeUs>& times, TimeUs t) {
  return std::lower_bound(times.begin(), times.end(), t) - times.begin();
}

}  // namespace

LastEvents::LastEvents(const GroupEvents& events, int column, int filter) {
  static const GroupEvents::Column kNoColumn;
  const GroupEvents::Column& from = column < 0 ? kNoColumn : events.columns[static_cast<size_t>(column)];
  std::vector<size_t> order;
  for (size_t at = 0; at < static_cast<size_t>(events.count); ++at) {
    if (filter < 0 || events.passes[static_cast<size_t>(filter)][at] != 0) order.push_back(at);
  }
  auto created = [&](size_t at) { return events.created_time.empty() ? 0 : events.created_time[at]; };
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    if (events.event_time[a] != events.event_time[b]) return events.event_time[a] < events.event_time[b];
    if (created(a) != created(b)) return created(a) < created(b);
    return less_value(from, a, b);
  });
  auto pick = [&](const auto& values, auto* out) {
    if (values.empty()) return;
    out->reserve(order.size());
    for (size_t at : order) out->push_back(values[at]);
  };
  pick(events.event_time, &event_time_);
  pick(events.created_time, &created_time_);
  pick(events.visible_from, &visible_from_);
  column_.kind = from.kind;
  pick(from.ints, &column_.ints);
  pick(from.floats, &column_.floats);
  pick(from.bytes, &column_.bytes);
  pick(from.valid, &column_.valid);
  column_.has_nulls = from.has_nulls;
}

Events LastEvents::events() const {
  Events events;
  events.count = static_cast<int64_t>(event_time_.size());
  events.event_time = event_time_.data();
  events.created_time = created_time_.empty() ? nullptr : created_time_.data();
  events.column = {column_.kind, column_.ints.data(), column_.floats.data(), column_.bytes.data(),
                   column_.has_nulls ? column_.valid.data() : nullptr};
  return events;
}

bool LastEvents::visible_in_order() const { return std::is_sorted(visible_from_.begin(), visible_from_.end()); }

void LastEvents::append(const Kernel& kernel, int64_t n, const std::vector<WindowSpan>& spans, ResultColumn* out) const {
  bool in_order = visible_in_order();
  if (in_order) {
    std::vector<Frame> frames;
    for (const WindowSpan& span : spans) {
      int64_t end = first_at_or_after(event_time_, span.end);
      if (!visible_from_.empty())
        end = std::min<int64_t>(
            end, std::upper_bound(visible_from_.begin(), visible_from_.end(), span.as_of) - visible_from_.begin());
      frames.push_back({std::max<int64_t>(0, end - n), end});
    }
    kernel.slide(events(), frames, out);
    return;
  }
  // Events that are not visible yet lie between those that are: the n newest visible ones are looked for one by one.
  std::unique_ptr<Accumulator> state = kernel.accumulator();
  Events all = events();
  for (const WindowSpan& span : spans) {
    state->clear();
    add_newest(all, span, n, state.get());
    kernel.result(*state, out);
  }
}

void LastEvents::append_including(const Kernel& kernel, int64_t n, const std::vector<WindowSpan>& spans, const Events& own,
                                  std::span<const uint8_t> own_counts, ResultColumn* out) const {
  std::unique_ptr<Accumulator> state = kernel.accumulator();
  const Events all = events();
  int64_t own_at = own.count - static_cast<int64_t>(spans.size());
  for (size_t q = 0; q < spans.size(); ++q, ++own_at) {
    state->clear();
    add_newest(all, spans[q], n - own_counts[q], state.get());
    if (own_counts[q] != 0) state->add(own, own_at, own_at + 1);
    kernel.result(*state, out);
  }
}

void LastEvents::add_newest(const Events& all, const WindowSpan& span, int64_t n, Accumulator* state) const {
  for (int64_t at = first_at_or_after(event_time_, span.end); at-- > 0 && n > 0;) {
    if (!visible_from_.empty() && visible_from_[static_cast<size_t>(at)] > span.as_of) continue;
    state->add(all, at, at + 1);
    --n;
  }
}

}  // namespace gnomon
