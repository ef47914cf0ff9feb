// StateEvents: events as columns, the form in which they enter a state and leave its records.
//
// The canonical order is (event_time, created_time, visible_from, values column by column, filters passed): equal sets of events have
// one order, whatever order they came in. Values compare as in aggregations/value_order.h, null least.
// Thread-safety: views and values; EventBatch belongs to one thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "features/aggregations/aggregation.h"
#include "features/tiles/state_layout.h"
#include "gnomon/env.h"

namespace gnomon {

// Ownership: the arrays belong to the caller.
struct StateEvents {
  int64_t count = 0;
  const TimeUs* event_time = nullptr;
  const TimeUs* created_time = nullptr;  // null pointer: the source has none; kNoCreatedTime (INT64_MIN) where null
  const TimeUs* visible_from = nullptr;  // max(event_time, known_at + serving_lag); null pointer: their event_time
  std::vector<const uint8_t*> passes;    // by filter of the layout: 1 where the event passes, else 0
  std::vector<EventColumn> columns;      // by column of the layout

  TimeUs visible_at(int64_t at) const { return visible_from == nullptr ? event_time[at] : visible_from[at]; }
  TimeUs created_at(int64_t at) const { return created_time == nullptr ? INT64_MIN : created_time[at]; }
  // What a kernel sees of them.
  Events column(int index) const;
};

// < 0, 0, > 0: whether event a comes before, equals, or comes after event b in the canonical order.
int compare_events(const StateEvents& events, int64_t a, int64_t b);

// The same for two values of one column: null < any value.
int compare_values(const EventColumn& column, int64_t a, int64_t b);

// Events with arrays of their own. Strings are views of what they were read from or appended from.
class EventBatch {
 public:
  void reset(const StateLayout& layout);
  // Appends events[order[i]] for all i. REQUIRES: reset.
  void append(const StateEvents& events, std::span<const int64_t> order);
  // Lives until the batch changes or is asked again.
  const StateEvents& view();
  int64_t size() const { return static_cast<int64_t>(event_time.size()); }

  struct Column {
    ValueKind kind = ValueKind::kNone;
    std::vector<int64_t> ints;
    std::vector<double> floats;
    std::vector<std::string_view> bytes;
    std::vector<uint8_t> valid;  // empty: all are valid
  };

  std::vector<TimeUs> event_time, created_time, visible_from;
  std::vector<std::vector<uint8_t>> passes;
  std::vector<Column> columns;

 private:
  StateEvents view_;
};

// Events [begin, end) of `events`, which outlive it.
struct EventRange {
  const StateEvents& events;
  int64_t begin;
  int64_t end;

  int64_t size() const { return end - begin; }
};

// The given events in canonical order: a part of `events` where they are in order already, else gathered into `scratch`.
EventRange canonical_events(const StateLayout& layout, const StateEvents& events, int64_t begin, int64_t end,
                            EventBatch* scratch);

}  // namespace gnomon
