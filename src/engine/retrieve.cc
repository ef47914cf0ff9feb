// Training sets: entity rows → keys and times → one join per view → columns in request order, with the manifest that repeats it.
#include <algorithm>
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
#include "engine/project.h"
#include "engine/training_join.h"
#include "engine/training_rows.h"
#include "engine/view_rows.h"
#include "gnomon/version.h"

namespace gnomon {
namespace {

using nlohmann::json;

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

// How many rows without a value an answer names one by one.
constexpr size_t kNamedRows = 100;

void add_invalid_windows(const std::string& view, const Joined& joined, json* errors) {
  for (const auto& [feature, invalid] : joined.invalid_rows) {
    std::vector<int64_t> named(invalid.begin(),
                               invalid.begin() + static_cast<std::ptrdiff_t>(std::min(invalid.size(), kNamedRows)));
    errors->push_back(
        {{"view", view}, {"feature", feature}, {"status", "INVALID"}, {"rows", invalid.size()}, {"first_rows", named}});
  }
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
  JoinedViews joined;
  json errors = json::array();
  json views = json::array();
  int64_t done = 0;
  for (const auto& [definition, features] : asked.stored) {
    impl_->report("training set: " + definition->view.name(), done++, static_cast<int64_t>(asked.stored.size()));
    GN_ASSIGN(ViewHistory history, view_history(*impl_, *definition, PushedRows::kOffline));
    GN_ASSIGN(Joined one, join_view(*impl_, *entities, *times, *definition, history.histories(), features, request.threads));
    add_invalid_windows(definition->view.name(), one, &errors);
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
