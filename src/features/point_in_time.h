// The point-in-time join: for each entity row the feature row that held at its time (semantics.md, "A feature row as of t").
//
// Shape: hash the entity rows' keys to dense groups, sort only them, then stream the history once, unsorted: each row finds
// the first entity row that could see it and competes there by (event_time, created_time, content); a forward pass carries
// winners to later entity rows; only the winning rows' values are read. Memory: O(entity rows + batch), whatever the history.
// Thread-safety: pure function; it starts its own threads. The answer does not depend on their number.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "data/row_history.h"
#include "gnomon/env.h"
#include "gnomon/status.h"

namespace gnomon {

struct PointInTimeView {
  std::vector<const RowHistory*> histories;       // not owned; together they are the view's history, in any order
  std::vector<std::string> features;              // to return, in order
  std::vector<std::string> content_features;      // all of the view in declared order: they decide ties
  std::shared_ptr<arrow::Schema> feature_schema;  // types of all features
  TimeUs ttl_us = 0;                              // 0: no limit; both ends inclusive
  TimeUs serving_lag_us = 0;                      // added to known_at (or to event_time where that is null)
  std::vector<std::string> key_names;             // the histories' key columns
};

struct EntityRows {
  arrow::ArrayVector keys;  // one array per key of the view, of the declared types; null matches nothing
  const TimeUs* times;      // no nulls; borrowed
  int64_t rows;
};

// A table with one column per requested feature and one row per entity row, in their order.
Result<std::shared_ptr<arrow::Table>> point_in_time_join(const EntityRows& entities, const PointInTimeView& view,
                                                         int threads);

}  // namespace gnomon
