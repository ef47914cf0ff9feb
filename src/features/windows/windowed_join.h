// The windowed join: for each entity row the value of every window as of its time (semantics.md, "A windowed aggregation as of t").
//
// Shape: hash the entity rows' keys to dense groups and sort only their times; read the events of those groups once (event_rows.h);
// then, group by group and in parallel, sort the events, find each window's first and last event by two pointers, and let the
// kernels slide. O((events + rows) log), whatever the windows' lengths. Where the events exceed the memory budget, groups are
// taken a part at a time and the history is read once a part: it is on disk already, a spill file would only be its copy.
// Thread-safety: pure function; it starts its own threads. The answer does not depend on their number or on the budget.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "features/aggregations/aggregation.h"
#include "features/point_in_time.h"
#include "features/windows/event_rows.h"
#include "features/windows/window_span.h"
#include "gnomon/status.h"

namespace gnomon {

struct WindowedFeature {
  std::string name;
  int column = -1;  // index into WindowedView::columns; -1: the events themselves
  int filter = -1;  // index into WindowedView::filters; -1: none
  WindowSpec window;
  std::shared_ptr<const Kernel> kernel;
  std::shared_ptr<arrow::Scalar> default_value;  // instead of null, of the kernel's type; null pointer: none
  bool include_request = false;                  // the own event of who asks counts too
};

// How far the longest window reaches back from the time it is asked for, or 0 where one has no limit.
int64_t longest_reach(const std::vector<WindowedFeature>& features);

struct WindowedView {
  std::vector<const RowHistory*> histories;  // not owned
  std::vector<std::string> key_names;
  std::vector<std::string> columns;            // that are aggregated
  std::vector<std::string> condition_columns;  // that the filters read besides
  EventFilter passes;                          // null: every event
  std::vector<EventFilter> filters;
  std::vector<WindowedFeature> features;
  // The entity rows' own events: one row each, of `columns` and `condition_columns`. Null: no feature includes them.
  std::shared_ptr<arrow::RecordBatch> requests;
  int64_t serving_lag_us = 0;
  int64_t memory_budget_bytes = 0;                            // 0: no limit
  std::function<void(int64_t done, int64_t parts)> progress;  // may be null
};

struct WindowedValues {
  std::shared_ptr<arrow::Table> table;             // one column a feature, one row an entity row, in their order
  std::vector<std::vector<int64_t>> invalid_rows;  // by feature: values that do not exist, null in the table
};

// `values` with nulls replaced, but for those of `invalid_rows` (ascending). A null pointer changes nothing.
Result<std::shared_ptr<arrow::Array>> with_default(const std::shared_ptr<arrow::Array>& values,
                                                   const std::shared_ptr<arrow::Scalar>& value,
                                                   const std::vector<int64_t>& invalid_rows);

Result<WindowedValues> windowed_join(const EntityRows& entities, const WindowedView& view, int threads);

}  // namespace gnomon
