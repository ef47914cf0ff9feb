// The training path from histories to values: one join per view, then on-demand features over the joined columns. Training sets take it
// over whole histories, and verification over what an online answer had been read from.
// Thread-safety: pure functions over the project; one call at a time per project.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <arrow/type_fwd.h>

#include "data/row_history.h"
#include "engine/asked_features.h"
#include "engine/on_demand_values.h"
#include "engine/project.h"

namespace gnomon {

// What a join found: a column a feature, a row an entity row.
struct Joined {
  std::shared_ptr<arrow::Table> table;
  std::vector<std::pair<std::string, std::vector<int64_t>>>
      invalid_rows;  // by feature: values that do not exist, null in the table
};
using JoinedViews = std::map<const ViewDefinition*, Joined>;

// The features of one view as of the entity rows' `times`. `histories` together are the view's rows. ERRORS: GN205, GN211, GN216, GN217.
Result<Joined> join_view(Engine::Impl& project, const arrow::Table& entities, const arrow::Int64Array& times,
                         const ViewDefinition& definition, const std::vector<const RowHistory*>& histories,
                         const std::vector<std::string>& features, int threads);

// The stored features that on-demand features read, and what is computed of them; nothing if none is asked for.
Result<FeatureColumns> computed_columns(Engine::Impl& project, const AskedFeatures& asked, const JoinedViews& joined,
                                        const std::shared_ptr<arrow::Table>& entities, int threads);

}  // namespace gnomon
