// Training sets: entity rows → keys and times → one join per view → columns in request order, with the manifest that repeats it.
#include <algorithm>
#include <cstdlib>
#include <map>

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/writer.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "data/arrow_status.h"
#include "engine/asked_features.h"
#include "engine/on_demand_report.h"
#include "engine/on_demand_values.h"
#include "engine/own_requests.h"
#include "engine/project.h"
#include "engine/python_functions.h"
#include "engine/training_rows.h"
#include "engine/view_rows.h"
#include "features/point_in_time.h"
#include "features/windows/windowed_join.h"
#include "gnomon/version.h"

namespace gnomon {
namespace {

using nlohmann::json;

// What a join found, and which of its values do not exist.
struct Joined {
  std::shared_ptr<arrow::Table> table;
  json errors = json::array();
  std::map<std::string, std::vector<int64_t>> invalid_rows;  // by feature
};

// Bytes of events that windows may hold at once: more are aggregated a part of the entities at a time.
int64_t window_memory_budget() {
  const char* asked = std::getenv("GNOMON_WINDOW_MEMORY_BYTES");
  return asked == nullptr ? int64_t{4} << 30 : std::strtoll(asked, nullptr, 10);
}

// How many rows without a value an answer names one by one.
constexpr size_t kNamedRows = 100;

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
                            const ViewDefinition& definition, const ViewHistory& history,
                            const std::vector<std::string>& features, int threads) {
  WindowedView view;
  view.histories = history.histories();
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
  Joined joined{values.table};
  for (size_t index = 0; index < view.features.size(); ++index) {
    const std::vector<int64_t>& invalid = values.invalid_rows[index];
    if (invalid.empty()) continue;
    joined.invalid_rows[view.features[index].name] = invalid;
    std::vector<int64_t> named(invalid.begin(),
                               invalid.begin() + static_cast<std::ptrdiff_t>(std::min(invalid.size(), kNamedRows)));
    joined.errors.push_back({{"view", name},
                             {"feature", view.features[index].name},
                             {"status", "INVALID"},
                             {"rows", invalid.size()},
                             {"first_rows", named}});
  }
  return joined;
}

// The features of one view, joined to the entity rows.
Result<Joined> join_view(Engine::Impl& project, const arrow::Table& entities, const arrow::Int64Array& times,
                         const ViewDefinition& definition, const ViewHistory& history,
                         const std::vector<std::string>& features, int threads) {
  GN_ASSIGN(arrow::ArrayVector keys, entity_keys(entities, definition));
  EntityRows rows{std::move(keys), times.raw_values(), entities.num_rows()};
  if (definition.aggregated != nullptr) return join_windows(project, entities, rows, definition, history, features, threads);
  PointInTimeView view;
  view.histories = history.histories();
  view.features = features;
  view.content_features = definition.features->field_names();
  view.feature_schema = definition.features;
  view.ttl_us = definition.view.ttl_us();
  view.serving_lag_us = definition.view.serving_lag_us();
  view.key_names = definition.keys->field_names();
  GN_ASSIGN(auto table, point_in_time_join(rows, view, threads));
  return Joined{std::move(table)};
}

Result<std::string> hash_of(const arrow::Table& table) {
  GN_ARROW_ASSIGN(auto sink, "hashing the entity rows", arrow::io::BufferOutputStream::Create());
  auto plain = table.ReplaceSchemaMetadata(nullptr);
  GN_ARROW_ASSIGN(auto combined, "hashing the entity rows", plain->CombineChunks());
  GN_ARROW_ASSIGN(auto writer, "hashing the entity rows", arrow::ipc::MakeStreamWriter(sink, combined->schema()));
  GN_ARROW_TRY("hashing the entity rows", writer->WriteTable(*combined));
  GN_ARROW_TRY("hashing the entity rows", writer->Close());
  GN_ARROW_ASSIGN(auto bytes, "hashing the entity rows", sink->Finish());
  return hash128_hex(std::string_view(reinterpret_cast<const char*>(bytes->data()), static_cast<size_t>(bytes->size())));
}

json view_entry(const ViewDefinition& definition, const ViewHistory& history, const std::vector<std::string>& features) {
  json entry = {{"name", definition.view.name()},
                {"meaning", definition.meaning_hash},
                {"features", features},
                {"ttl_us", definition.view.ttl_us()}};
  entry["snapshots"] = json::array();
  for (const HistoryPart& part : history.parts) entry["snapshots"].push_back(part.id);
  return entry;
}

// The stored features that on-demand features read, and what is computed of them.
Result<FeatureColumns> computed_columns(Engine::Impl& project, const AskedFeatures& asked,
                                        const std::map<const ViewDefinition*, Joined>& joined,
                                        const std::shared_ptr<arrow::Table>& entities, int threads) {
  FeatureColumns columns;
  if (asked.computed.empty()) return columns;
  for (const auto& [definition, found] : joined) {
    GN_ARROW_ASSIGN(auto table, "computing on-demand features", found.table->CombineChunks());
    for (int i = 0; i < table->num_columns(); ++i) {
      FeatureColumn& column = columns[{definition->view.name(), table->field(i)->name()}];
      GN_ASSIGN(column.values, single_chunk(*table->column(i)));
      auto invalid = found.invalid_rows.find(table->field(i)->name());
      if (invalid == found.invalid_rows.end()) continue;
      column.invalid.resize(static_cast<size_t>(table->num_rows()), kValid);
      for (int64_t row : invalid->second) column.invalid[static_cast<size_t>(row)] = kInput;
    }
  }
  project.report("training set: on-demand features", 0, 0);
  OnDemandWork work{&asked, entities.get(), function_runner(project, FunctionDeadline::kTrainingSet), threads};
  GN_TRY(compute_on_demand(work, &columns));
  return columns;
}

json on_demand_entries(const AskedFeatures& asked) {
  json entries = json::array();
  for (const ComputedFeatures& computed : asked.computed) {
    json features = json::array();
    for (const OnDemandFeature* feature : computed.features) features.push_back(feature->name);
    entries.push_back(
        {{"name", computed.view->view.name()}, {"meaning", computed.view->meaning_hash}, {"features", features}});
  }
  return entries;
}

void add_invalid_rows(const AskedFeatures& asked, const FeatureColumns& computed, json* errors) {
  for (const InvalidRowsReport& report : invalid_rows_of(asked, computed)) {
    errors->push_back({{"view", report.view},
                       {"feature", report.feature},
                       {"status", "INVALID"},
                       {"reason", report.reason},
                       {"rows", report.rows},
                       {"first_rows", report.first_rows}});
    if (!report.causes.empty()) errors->back()["causes"] = report.causes;
  }
}

Status values_are_invalid(const json& errors) {
  std::vector<std::string> features;
  for (const json& error : errors)
    features.push_back(fmt::format("{}:{} in {} rows", error["view"].get<std::string>(), error["feature"].get<std::string>(),
                                   error["rows"].get<int64_t>()));
  return Status(Code::kInvalidArgument, "GN218", fmt::format("values are INVALID: {}", fmt::join(features, ", ")),
                "Without strict=True they are null, and listed in the result's errors with their rows");
}

}  // namespace

Result<TrainingSet> Engine::get_historical_features(const HistoricalRequest& request) {
  GN_ASSIGN(auto definitions, impl_->definitions());
  GN_ASSIGN(auto entities, entity_table(*impl_, request.entity_rows));
  GN_ASSIGN(auto wanted, definitions->resolve(request.features, entities->schema()->field_names()));
  GN_ASSIGN(auto times, entity_times(*entities, request.timestamp_column));

  const AskedFeatures asked = asked_features(*definitions, wanted);
  std::map<const ViewDefinition*, Joined> joined;
  json errors = json::array();
  json views = json::array();
  int64_t done = 0;
  for (const auto& [definition, features] : asked.stored) {
    impl_->report("training set: " + definition->view.name(), done++, static_cast<int64_t>(asked.stored.size()));
    GN_ASSIGN(ViewHistory history, view_history(*impl_, *definition, PushedRows::kOffline));
    GN_ASSIGN(Joined one, join_view(*impl_, *entities, *times, *definition, history, features, request.threads));
    errors.insert(errors.end(), one.errors.begin(), one.errors.end());
    views.push_back(view_entry(*definition, history, features));
    joined[definition] = std::move(one);
  }
  GN_ASSIGN(FeatureColumns computed, computed_columns(*impl_, asked, joined, entities, request.threads));
  json on_demand = on_demand_entries(asked);
  add_invalid_rows(asked, computed, &errors);
  impl_->report("training set", done, done);

  arrow::FieldVector fields = entities->schema()->fields();
  arrow::ChunkedArrayVector columns = entities->columns();
  for (const RequestedFeature& feature : wanted) {
    auto column = feature.view != nullptr
                      ? joined[feature.view].table->GetColumnByName(feature.feature)
                      : std::make_shared<arrow::ChunkedArray>(computed[{feature.view_name(), feature.feature}].values);
    fields.push_back(arrow::field(feature.name, column->type()));
    columns.push_back(column);
  }
  GN_ASSIGN(std::string entity_hash, hash_of(*entities));
  json manifest = {{"format", 1},
                   {"engine_version", kVersion},
                   {"project", definitions->manifest().project()},
                   {"revision", definitions->revision()},
                   {"timestamp_column", request.timestamp_column},
                   {"history", request.history == History::kIdeal ? "ideal" : "as_known"},
                   {"full_feature_names", request.features.full_feature_names},
                   {"entity_rows", {{"rows", entities->num_rows()}, {"hash", entity_hash}}},
                   {"views", views},
                   {"errors", errors}};
  if (!on_demand.empty()) manifest["on_demand_views"] = std::move(on_demand);
  if (request.strict && !errors.empty()) return values_are_invalid(errors);
  return TrainingSet{
      arrow::Table::Make(arrow::schema(fields, entities->schema()->metadata()), columns, entities->num_rows()),
      manifest.dump(2)};
}

}  // namespace gnomon
