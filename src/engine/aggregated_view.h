// AggregatedView: a view with aggregations, compiled: which columns of its events are read, which conditions are evaluated, and
// the kernel and window of each feature.
// Thread-safety: immutable once built.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "features/tiles/state_layout.h"
#include "features/tiles/window_feature.h"
#include "features/windows/windowed_join.h"
#include "gnomon/status.h"
#include "gnomon/v1/manifest.pb.h"

namespace gnomon {

class WindowPlans;

struct AggregatedView {
  std::vector<std::string> columns;                       // that are aggregated
  std::vector<std::string> condition_columns;             // that conditions read besides
  EventFilter passes;                                     // the view's where; null: every event
  std::vector<EventFilter> filters;                       // distinct conditions of aggregations …
  std::vector<std::string> filter_texts;                  // … and their canonical text
  std::vector<WindowedFeature> features;                  // in the order of the view's schema
  std::vector<std::vector<std::string>> request_columns;  // by feature: what it reads of the request's own event

  // What the online store keeps of its events, and how each feature is read from that. Columns and filters are sorted and base
  // aggregates are shared, so that another window over what is kept, or another order of aggregations, is the same state.
  StateLayout state;
  std::vector<WindowFeature> state_features;  // one a feature, in the same order
  std::vector<int> state_columns;             // index into `columns` of each column of the state
  std::vector<int> state_filters;             // index into `filters` of each filter of the state
  std::shared_ptr<WindowPlans> plans;         // how its windows are read online: a memory, the one part that changes

  // REQUIRES: a view that was checked and resolved by plan.
  static Result<std::shared_ptr<const AggregatedView>> compile(const v1::FeatureView& view, const arrow::Schema& keys,
                                                               const arrow::Schema& inputs);
};

// Columns that a view's aggregations and conditions read besides its join keys, sorted. ERRORS: GN164 … for a condition that is none.
Result<std::vector<std::string>> input_columns(const v1::FeatureView& view, const std::vector<std::string>& keys);

// Whether the conditions of a view mean something over rows of this schema. Appends problems, at their places.
void check_conditions(const v1::FeatureView& view, const arrow::Schema& rows, std::vector<Status>* problems);

}  // namespace gnomon
