// AggregatedView: a view with aggregations, compiled: which columns of its events are read, which conditions are evaluated, and
// the kernel and window of each feature.
// Thread-safety: immutable once built.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "features/windows/windowed_join.h"
#include "gnomon/status.h"
#include "gnomon/v1/manifest.pb.h"

namespace gnomon {

struct AggregatedView {
  std::vector<std::string> columns;       // that are aggregated
  EventFilter passes;                     // the view's where; null: every event
  std::vector<EventFilter> filters;       // distinct conditions of aggregations …
  std::vector<std::string> filter_texts;  // … and their canonical text
  std::vector<WindowedFeature> features;  // in the order of the view's schema

  // REQUIRES: a view that was checked and resolved by plan.
  static Result<std::shared_ptr<const AggregatedView>> compile(const v1::FeatureView& view, const arrow::Schema& keys, const arrow::Schema& inputs);
};

// Columns that a view's aggregations and conditions read besides its join keys, sorted. ERRORS: GN164 … for a condition that is none.
Result<std::vector<std::string>> input_columns(const v1::FeatureView& view, const std::vector<std::string>& keys);

// Whether the conditions of a view mean something over rows of this schema. Appends problems, at their places.
void check_conditions(const v1::FeatureView& view, const arrow::Schema& rows, std::vector<Status>* problems);

}  // namespace gnomon
