// Recomputing features by the training path where each row looks at a state of its own of each view's rows.
// Thread-safety: one call at a time per project.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include <arrow/type_fwd.h>

#include "engine/asked_features.h"
#include "engine/on_demand_values.h"
#include "engine/project.h"
#include "engine/seen_rows.h"

namespace gnomon {

using SeenViews = std::map<const ViewDefinition*, std::unique_ptr<SeenRows>>;
using ViewStates = std::map<const ViewDefinition*, std::vector<RowsState>>;  // a state a row

// Stored and computed features of each of `entities` as of `times`. REQUIRES: `seen` and `states` have every view of `asked`.
// ERRORS: those of a training set.
Result<FeatureColumns> recompute(Engine::Impl& project, const AskedFeatures& asked,
                                 const std::shared_ptr<arrow::Table>& entities, const std::vector<TimeUs>& times,
                                 const SeenViews& seen, const ViewStates& states);

}  // namespace gnomon
