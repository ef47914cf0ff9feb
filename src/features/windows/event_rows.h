// EventRows: the events that could fall into any window of a set of entity rows, one row of words each, together by group.
//
// Events arrive in no order. They are put down once, as whole rows, beside the others of their group, so that an event costs one
// visit to memory; each group is sorted and turned into columns when it is aggregated, while it fits the processor's cache.
// Thread-safety: immutable once read.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "base/huge_pages.h"
#include "data/row_history.h"
#include "features/aggregations/aggregation.h"
#include "features/key_groups.h"
#include "features/windows/event_order.h"
#include "gnomon/env.h"
#include "gnomon/status.h"

namespace gnomon {

// How values of a column of this type are held. REQUIRES: a type that some function aggregates.
ValueKind value_kind_of(const arrow::DataType& type);

// Which rows of a batch count: one byte a row, 0 or 1.
using EventFilter = std::function<Result<std::vector<uint8_t>>(const arrow::RecordBatch& batch)>;

// Events of a history with times in [from, to).
struct EventPart {
  const RowHistory* history;  // not owned
  TimeUs from;
  TimeUs to;
};

struct EventQuery {
  std::vector<EventPart> parts;
  std::vector<std::string> key_names;
  std::vector<std::string> columns;            // of the histories, keys among them where they are aggregated
  std::vector<std::string> condition_columns;  // that the filters read besides
  EventFilter passes;                          // null: every event
  std::vector<EventFilter> filters;            // kept as one bit an event each
  int64_t serving_lag_us = 0;
  int32_t first_group = 0;  // groups in [first_group, end_group)
  int32_t end_group = 0;
};

// The events of one group in ascending (event_time, created_time), as columns. Reused from group to group.
struct GroupEvents {
  struct Column {
    ValueKind kind = ValueKind::kNone;
    std::vector<int64_t> ints;
    std::vector<double> floats;
    std::vector<std::string_view> bytes;
    std::vector<uint8_t> valid;
    bool has_nulls = false;
  };
  int64_t count = 0;
  std::vector<TimeUs> event_time;
  std::vector<TimeUs> created_time;  // empty: no event has one
  std::vector<TimeUs> visible_from;  // empty: every event is visible from its event time on
  std::vector<Column> columns;
  std::vector<std::vector<uint8_t>> passes;  // by filter

  // Memory of EventRows::load.
  std::vector<EventPlace> order;
  EventOrderScratch order_scratch;
};

class EventRows {
 public:
  // The most columns and filters that a view can have together.
  static constexpr size_t kMaxFlags = 64;

  static Result<EventRows> read(const EventQuery& query, const KeyGroups& groups, int threads);

  int64_t count() const { return begin_.back(); }
  int64_t group_count_of_events(int32_t group) const { return begin_[index_of(group) + 1] - begin_[index_of(group)]; }
  // REQUIRES: a group of the query.
  void load(int32_t group, GroupEvents* out) const;

  // What one event takes, in bytes, with what is held while it is read.
  static int64_t bytes_per_event(const EventQuery& query);

 private:
  struct Batch;
  struct Shape;
  class Reader;
  size_t index_of(int32_t group) const { return static_cast<size_t>(group - first_group_); }

  int32_t first_group_ = 0;
  std::shared_ptr<const Shape> shape_;
  std::vector<int64_t> begin_;  // of each group, in events; one more at the end
  HugeVector<uint64_t> words_;
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches_;  // own the bytes that rows point to
};

}  // namespace gnomon
