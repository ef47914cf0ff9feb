// What a person asks about a project: lists, one object, runs, the quarantine. Nothing here changes anything.
#include <arrow/api.h>
#include <arrow/compute/api.h>
#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>
#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "data/arrow_status.h"
#include "data/files.h"
#include "engine/project.h"
#include "engine/report_json.h"
#include "engine/view_rows.h"
#include "gnomon/aggregation.h"
#include "gnomon/quality.h"
#include "registry/manifest_json.h"
#include "registry/objects.h"

namespace gnomon {
namespace {

using nlohmann::json;

json message_json(const google::protobuf::Message& message) {
  std::string text;
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  GN_ASSERT(google::protobuf::util::MessageToJsonString(message, &text, options).ok());
  return json::parse(text);
}

json names_of(const std::vector<std::string>& names) {
  json list = json::array();
  for (const std::string& name : names) list.push_back(name);
  return list;
}

json view_row(const ViewDefinition& definition) {
  const v1::FeatureView& view = definition.view;
  std::vector<std::string> sources(view.sources().begin(), view.sources().end());
  return {{"name", view.name()},
          {"keys", names_of(definition.keys->field_names())},
          {"features", names_of(definition.features->field_names())},
          {"sources", names_of(sources)},
          {"transform", view.has_sql()      ? "sql"
                        : view.has_python() ? "python"
                                            : ""},
          {"ttl", view.ttl_us() == 0 ? "" : format_duration(view.ttl_us())},
          {"owner", view.owner()},
          {"description", view.description()}};
}

json source_row(const v1::Source& source) {
  return {{"name", source.name()},
          {"kind", source.has_push()      ? "push"
                   : source.has_request() ? "request"
                                          : "file"},
          {"path", source.has_file() ? source.file().path() : ""},
          {"timestamp_field", source.timestamp_field()},
          {"checks", source.expect_size()},
          {"owner", source.owner()},
          {"description", source.description()}};
}

json expectation_rows() {
  json rows = json::array();
  for (const ExpectationInfo& info : builtin_expectations()) {
    rows.push_back({{"name", info.name}, {"parameters", names_of(info.parameters)}, {"description", info.description}});
  }
  return rows;
}

// "[1, 2, null] -> 3", with the type and the parameters in front where there are any.
std::string example_text(const AggregationExample& example) {
  std::string input = example.dtype.empty() ? "" : example.dtype + " ";
  std::string parameters = example.parameters.empty() ? "" : " " + example.parameters;
  return fmt::format("{}{}{} -> {}", input, example.values, parameters, example.answer);
}

json on_demand_row(const OnDemandView& view) {
  json sources = json::array();
  for (const v1::FeatureRef& ref : view.view.sources()) sources.push_back(ref.view());
  return {{"name", view.view.name()},   {"features", names_of(view.features->field_names())},
          {"sources", sources},         {"computed_by", view.view.has_python() ? "python" : "expressions"},
          {"owner", view.view.owner()}, {"description", view.view.description()}};
}

json lookup_set_row(const v1::LookupSet& set) {
  return {{"name", set.name()},
          {"kind", set.cidrs().empty() ? "values" : "cidrs"},
          {"size", set.values_size() + set.cidrs_size()},
          {"owner", set.owner()},
          {"description", set.description()}};
}

// In the order in which a person reads them.
nlohmann::ordered_json aggregation_rows() {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const AggregationInfo& info : builtin_aggregations()) {
    rows.push_back({{"name", info.name},
                    {"inputs", info.inputs},
                    {"result", info.result},
                    {"parameters", names_of(info.parameters)},
                    {"description", info.description},
                    {"example", example_text(info.example)}});
  }
  return rows;
}

}  // namespace

Result<std::string> Engine::list_json(const std::string& what) {
  if (what == "aggregations") return aggregation_rows().dump();
  if (what == "functions") return functions_json();
  if (what == "expectations") return expectation_rows().dump();
  if (what == "stores") {
    return json::array(
               {{{"name", "embedded"}, {"kind", "online"}, {"description", "RocksDB in .gnomon/online"}},
                {{"name", "sqlite"}, {"kind", "online"}, {"description", "one SQLite file in .gnomon/online"}},
                {{"name", "redis"}, {"kind", "online"}, {"description", "a Redis server or cluster"}},
                {{"name", "delta"}, {"kind", "offline"}, {"description", "Parquet with a Delta log in .gnomon/offline"}}})
        .dump();
  }
  GN_ASSIGN(auto definitions, impl_->definitions());
  const v1::Manifest& manifest = definitions->manifest();
  json rows = json::array();
  if (what == "entities") {
    for (const v1::Entity& entity : manifest.entities()) {
      rows.push_back({{"name", entity.name()},
                      {"join_keys", names_of(join_keys_of(entity))},
                      {"owner", entity.owner()},
                      {"description", entity.description()}});
    }
  } else if (what == "sources") {
    for (const v1::Source& source : manifest.sources()) rows.push_back(source_row(source));
  } else if (what == "views") {
    for (const auto& [name, definition] : definitions->views()) rows.push_back(view_row(definition));
  } else if (what == "on_demand_views") {
    for (const OnDemandView* view : definitions->on_demand_order()) rows.push_back(on_demand_row(*view));
  } else if (what == "lookup_sets") {
    for (const v1::LookupSet& set : manifest.lookup_sets()) rows.push_back(lookup_set_row(set));
  } else if (what == "services") {
    for (const v1::FeatureService& service : manifest.feature_services()) {
      json views = json::array();
      for (const v1::FeatureRef& ref : service.features()) views.push_back(ref.view());
      rows.push_back(
          {{"name", service.name()}, {"views", views}, {"owner", service.owner()}, {"description", service.description()}});
    }
  } else {
    return Status(
        Code::kInvalidArgument, "GN215", fmt::format("nothing to list under \"{}\"", what),
        "Ask for entities, sources, views, on_demand_views, lookup_sets, services, aggregations, expectations, functions or "
        "stores");
  }
  return rows.dump();
}

Result<std::string> Engine::describe_json(const std::string& name) {
  GN_ASSIGN(auto definitions, impl_->definitions());
  GN_ASSIGN(Registry * registry, impl_->registry());
  json found = json::array();
  std::vector<std::string> known;
  for (const ObjectRef& object : objects_of(definitions->manifest())) {
    known.push_back(object.key.name);
    if (object.key.name != name) continue;
    GN_ASSIGN(int64_t version, registry->version_of(object.key.kind, name));
    json entry = {{"kind", object.key.kind}, {"version", version}, {"definition", message_json(*object.message)}};
    if (object.key.kind == kViewKind) {
      GN_ASSIGN(const ViewDefinition* definition, definitions->view(name));
      GN_ASSIGN(auto snapshot, published_snapshot(*impl_, *definition));
      entry["meaning"] = definition->meaning_hash;
      entry["published_version"] = snapshot.has_value() ? json(snapshot->version) : json(nullptr);
    }
    if (object.key.kind == kOnDemandKind) entry["meaning"] = definitions->on_demand().at(name).meaning_hash;
    found.push_back(std::move(entry));
  }
  if (!found.empty()) return found.size() == 1 ? found[0].dump() : found.dump();
  std::string guess = closest(name, known);
  return Status(Code::kNotFound, "GN102", fmt::format("nothing named \"{}\" is applied", name),
                guess.empty() ? "See `gnomon list views`" : fmt::format("Did you mean \"{}\"?", guess));
}

Result<std::vector<Run>> Engine::runs(int limit) {
  GN_ASSIGN(Registry * registry, impl_->registry());
  return registry->runs(limit);
}

Result<Run> Engine::run_record(int64_t id) {
  GN_ASSIGN(Registry * registry, impl_->registry());
  return registry->run(id);
}

Result<std::shared_ptr<arrow::Table>> Engine::quarantine(const std::string& name) {
  GN_ASSIGN(OfflineSnapshot snapshot, impl_->quarantine_table().snapshot());
  if (snapshot.files.empty()) {
    auto schema = arrow::schema(
        {arrow::field("run", arrow::int64()), arrow::field("target", arrow::utf8()), arrow::field("check", arrow::utf8())});
    GN_ARROW_ASSIGN(auto empty, "reading the quarantine", arrow::Table::MakeEmpty(schema));
    return empty;
  }
  GN_ASSIGN(auto table, read_files(snapshot.files, FileFormat::kParquet, {}, {}));
  if (name.empty()) return table;
  GN_ARROW_ASSIGN(arrow::Datum of_source, "reading the quarantine",
                  arrow::compute::CallFunction("equal", {table->GetColumnByName("target"), arrow::Datum("source " + name)}));
  GN_ARROW_ASSIGN(arrow::Datum of_view, "reading the quarantine",
                  arrow::compute::CallFunction("equal", {table->GetColumnByName("target"), arrow::Datum("view " + name)}));
  GN_ARROW_ASSIGN(arrow::Datum either, "reading the quarantine", arrow::compute::CallFunction("or", {of_source, of_view}));
  GN_ARROW_ASSIGN(arrow::Datum chosen, "reading the quarantine", arrow::compute::Filter(table, either));
  return chosen.table();
}

}  // namespace gnomon
