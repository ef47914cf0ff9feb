#include "features/tiles/state_events.h"

#include <algorithm>
#include <numeric>

#include "features/aggregations/algebra.h"
#include "features/aggregations/value_order.h"

namespace gnomon {
namespace {

template <class T>
int compare(const T& a, const T& b) {
  return a < b ? -1 : (b < a ? 1 : 0);
}

template <class T>
void append_gathered(const T* from, std::span<const int64_t> order, std::vector<T>* to) {
  to->reserve(to->size() + order.size());
  for (int64_t at : order) to->push_back(from[at]);
}

void append_column(const EventColumn& from, std::span<const int64_t> order, EventBatch::Column* to) {
  switch (to->kind) {
    case ValueKind::kInt: append_gathered(from.ints, order, &to->ints); break;
    case ValueKind::kFloat: append_gathered(from.floats, order, &to->floats); break;
    case ValueKind::kBytes: append_gathered(from.bytes, order, &to->bytes); break;
    case ValueKind::kNone: break;
  }
  if (from.valid != nullptr) {
    append_gathered(from.valid, order, &to->valid);
  } else {
    to->valid.insert(to->valid.end(), order.size(), 1);
  }
}

}  // namespace

Events StateEvents::column(int index) const {
  return {count, event_time, created_time, index == kNone ? EventColumn() : columns[static_cast<size_t>(index)]};
}

int compare_values(const EventColumn& column, int64_t a, int64_t b) {
  if (column.valid != nullptr) {
    if (column.valid[a] != column.valid[b]) return column.valid[a] < column.valid[b] ? -1 : 1;
    if (column.valid[a] == 0) return 0;
  }
  switch (column.kind) {
    case ValueKind::kInt: return compare(column.ints[a], column.ints[b]);
    case ValueKind::kFloat:
      return compare(order_bits(content_form(column.floats[a])), order_bits(content_form(column.floats[b])));
    case ValueKind::kBytes: return compare(column.bytes[a], column.bytes[b]);
    case ValueKind::kNone: break;
  }
  return 0;
}

int compare_events(const StateEvents& events, int64_t a, int64_t b) {
  if (int order = compare(events.event_time[a], events.event_time[b]); order != 0) return order;
  if (int order = compare(events.created_at(a), events.created_at(b)); order != 0) return order;
  if (int order = compare(events.visible_at(a), events.visible_at(b)); order != 0) return order;
  for (const EventColumn& column : events.columns) {
    if (int order = compare_values(column, a, b); order != 0) return order;
  }
  for (const uint8_t* passes : events.passes) {
    if (int order = compare(passes[a], passes[b]); order != 0) return order;
  }
  return 0;
}

void EventBatch::reset(const StateLayout& layout) {
  for (std::vector<TimeUs>* times : {&event_time, &created_time, &visible_from}) times->clear();
  passes.resize(layout.filters().size());
  for (std::vector<uint8_t>& pass : passes) pass.clear();
  columns.resize(layout.columns().size());
  for (size_t i = 0; i < columns.size(); ++i) {
    Column& column = columns[i];
    column.kind = layout.columns()[i].kind;
    column.ints.clear();
    column.floats.clear();
    column.bytes.clear();
    column.valid.clear();
  }
}

void EventBatch::append(const StateEvents& events, std::span<const int64_t> order) {
  // Every column gets a validity here: a batch may be appended to from events with and without one.
  for (Column& column : columns) {
    if (column.valid.empty()) column.valid.assign(event_time.size(), 1);
  }
  append_gathered(events.event_time, order, &event_time);
  for (int64_t at : order) {
    created_time.push_back(events.created_at(at));
    visible_from.push_back(events.visible_at(at));
  }
  for (size_t i = 0; i < passes.size(); ++i) append_gathered(events.passes[i], order, &passes[i]);
  for (size_t i = 0; i < columns.size(); ++i) append_column(events.columns[i], order, &columns[i]);
}

const StateEvents& EventBatch::view() {
  view_.count = size();
  view_.event_time = event_time.data();
  view_.created_time = created_time.data();
  view_.visible_from = visible_from.data();
  view_.passes.clear();
  for (const std::vector<uint8_t>& pass : passes) view_.passes.push_back(pass.data());
  view_.columns.clear();
  for (const Column& column : columns) {
    view_.columns.push_back({column.kind, column.ints.data(), column.floats.data(), column.bytes.data(),
                             column.valid.empty() ? nullptr : column.valid.data()});
  }
  return view_;
}

EventRange canonical_events(const StateLayout& layout, const StateEvents& events, int64_t begin, int64_t end,
                            EventBatch* scratch) {
  int64_t at = begin + 1;
  while (at < end && compare_events(events, at - 1, at) <= 0) ++at;
  if (at >= end) return {events, begin, end};
  std::vector<int64_t> order(static_cast<size_t>(end - begin));
  std::iota(order.begin(), order.end(), begin);
  std::sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return compare_events(events, a, b) < 0; });
  scratch->reset(layout);
  scratch->append(events, order);
  return {scratch->view(), 0, scratch->size()};
}

}  // namespace gnomon
