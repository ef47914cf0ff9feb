#include "engine/training_join.h"

#include <algorithm>
#include <cstdlib>

#include <arrow/api.h>

#include "data/arrow_status.h"
#include "engine/own_requests.h"
#include "engine/python_functions.h"
#include "engine/training_rows.h"
#include "features/point_in_time.h"
#include "features/windows/windowed_join.h"

namespace gnomon {
namespace {

// Bytes of events that windows may hold at once: more are aggregated a part of the entities at a time.
int64_t window_memory_budget() {
  const char* asked = std::getenv("GNOMON_WINDOW_MEMORY_BYTES");
  return asked == nullptr ? int64_t{4} << 30 : std::strtoll(asked, nullptr, 10);
}

// What the entity rows say of their own events, where a feature includes them.
Result<std::shared_ptr<arrow::RecordBatch>> requests_of(const arrow::Table& entities, const ViewDefinition& definition,
                                                        const std::vector<std::string>& features) {
  std::vector<int> needed;
  for (const std::string& name : request_columns(definition, features)) {
    const int index = entities.schema()->GetFieldIndex(name);
    if (index >= 0) needed.push_back(index);
  }
  GN_ARROW_ASSIGN(auto table, "reading entity rows", entities.SelectColumns(needed));
  GN_ARROW_ASSIGN(auto batch, "reading entity rows", table->CombineChunksToBatch());
  // A table without columns forgets its rows.
  return own_requests(*arrow::RecordBatch::Make(batch->schema(), entities.num_rows(), batch->columns()), definition,
                      features);
}

// The windows of one view, as of the entity rows' times.
Result<Joined> join_windows(Engine::Impl& project, const arrow::Table& entities, const EntityRows& rows,
                            const ViewDefinition& definition, const std::vector<const RowHistory*>& histories,
                            const std::vector<std::string>& features, int threads) {
  WindowedView view;
  view.histories = histories;
  view.key_names = definition.keys->field_names();
  view.columns = definition.aggregated->columns;
  view.condition_columns = definition.aggregated->condition_columns;
  view.passes = definition.aggregated->passes;
  view.filters = definition.aggregated->filters;
  view.serving_lag_us = definition.view.serving_lag_us();
  view.memory_budget_bytes = window_memory_budget();
  const std::string& name = definition.view.name();
  view.progress = [&](int64_t done, int64_t parts) { project.report("training set: windows of " + name, done, parts); };
  for (const WindowedFeature& feature : definition.aggregated->features) {
    if (std::find(features.begin(), features.end(), feature.name) != features.end()) view.features.push_back(feature);
  }
  GN_ASSIGN(view.requests, requests_of(entities, definition, features));
  GN_ASSIGN(WindowedValues values, windowed_join(rows, view, threads));
  Joined joined{values.table, {}};
  for (size_t index = 0; index < view.features.size(); ++index) {
    if (values.invalid_rows[index].empty()) continue;
    joined.invalid_rows.emplace_back(view.features[index].name, std::move(values.invalid_rows[index]));
  }
  return joined;
}

}  // namespace

Result<Joined> join_view(Engine::Impl& project, const arrow::Table& entities, const arrow::Int64Array& times,
                         const ViewDefinition& definition, const std::vector<const RowHistory*>& histories,
                         const std::vector<std::string>& features, int threads) {
  GN_ASSIGN(arrow::ArrayVector keys, entity_keys(entities, definition));
  EntityRows rows{std::move(keys), times.raw_values(), entities.num_rows()};
  if (definition.aggregated != nullptr)
    return join_windows(project, entities, rows, definition, histories, features, threads);
  PointInTimeView view;
  view.histories = histories;
  view.features = features;
  view.content_features = definition.features->field_names();
  view.feature_schema = definition.features;
  view.ttl_us = definition.view.ttl_us();
  view.serving_lag_us = definition.view.serving_lag_us();
  view.key_names = definition.keys->field_names();
  GN_ASSIGN(auto table, point_in_time_join(rows, view, threads));
  return Joined{std::move(table), {}};
}

Result<FeatureColumns> computed_columns(Engine::Impl& project, const AskedFeatures& asked, const JoinedViews& joined,
                                        const std::shared_ptr<arrow::Table>& entities, int threads) {
  FeatureColumns columns;
  if (asked.computed.empty()) return columns;
  for (const auto& [definition, found] : joined) {
    GN_ARROW_ASSIGN(auto table, "computing on-demand features", found.table->CombineChunks());
    for (int i = 0; i < table->num_columns(); ++i) {
      FeatureColumn& column = columns[{definition->view.name(), table->field(i)->name()}];
      GN_ASSIGN(column.values, single_chunk(*table->column(i)));
    }
    for (const auto& [feature, rows] : found.invalid_rows) {
      FeatureColumn& column = columns[{definition->view.name(), feature}];
      column.invalid.resize(static_cast<size_t>(table->num_rows()), kValid);
      for (int64_t row : rows) column.invalid[static_cast<size_t>(row)] = kInput;
    }
  }
  project.report("training set: on-demand features", 0, 0);
  OnDemandWork work{&asked, entities.get(), function_runner(project, FunctionDeadline::kTrainingSet), threads};
  GN_TRY(compute_on_demand(work, &columns));
  return columns;
}

}  // namespace gnomon
