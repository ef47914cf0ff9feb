#include "engine/definitions.h"

#include <set>

#include <arrow/type.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/hash.h"
#include "engine/request_plan.h"
#include "gnomon/registry.h"
#include "gnomon/types.h"
#include "registry/objects.h"
#include "registry/resolve_on_demand.h"

namespace gnomon {
namespace {

// `owner` is the view that a feature was looked for in, with its colon.
Status not_found(const char* kind, const std::string& name, const std::vector<std::string>& known,
                 const std::string& owner = "") {
  std::string guess = closest(name, known);
  std::string hint =
      guess.empty() ? fmt::format("There are: {}", fmt::join(known, ", ")) : fmt::format("Did you mean \"{}\"?", guess);
  if (known.empty()) hint = "Nothing of this kind is applied: run `gnomon apply` first";
  return Status(Code::kNotFound, "GN102", fmt::format("unknown {} \"{}{}\"", kind, owner, name), hint);
}

Result<std::shared_ptr<arrow::Schema>> schema_of(const google::protobuf::RepeatedPtrField<v1::Field>& fields) {
  arrow::FieldVector result;
  for (const v1::Field& field : fields) {
    GN_ASSIGN(auto type, arrow_type_of(field.dtype()));
    result.push_back(arrow::field(field.name(), type));
  }
  return arrow::schema(result);
}

// What changes what is answered: everything but how much is kept to answer from, and words about the view.
std::string served_meaning_of(const v1::FeatureView& view, const v1::Manifest& manifest) {
  v1::FeatureView rows = view;
  rows.clear_as_of_retention_us();
  rows.clear_offline_only();
  ObjectRef object{{kViewKind, view.name()}, &rows, &rows.origin()};
  return hash128_hex(meaning_of(object, manifest));
}

// What changes a row: not the limits that only a read applies.
std::string meaning_hash_of(v1::FeatureView view, const v1::Manifest& manifest) {
  view.clear_ttl_us();
  return served_meaning_of(view, manifest);
}

// What changes the events of a view with aggregations, whatever is made of them.
std::string rows_meaning_of(v1::FeatureView view, const v1::Manifest& manifest) {
  view.clear_aggregations();
  view.clear_schema();
  view.clear_inputs();
  view.clear_allowed_lateness_us();
  return meaning_hash_of(view, manifest);
}

HistoryLayout layout_of(const ViewDefinition& definition) {
  HistoryLayout layout;
  for (const auto& field : definition.keys->fields()) layout.keys.push_back({field->name(), field->type(), field->name()});
  for (const auto& field : definition.row_columns->fields())
    layout.features.push_back({field->name(), field->type(), field->name()});
  return layout;
}

}  // namespace

bool has_transform(const v1::FeatureView& view) { return view.transform_case() != v1::FeatureView::TRANSFORM_NOT_SET; }

TimeColumnNames time_columns(const v1::Source& source, const v1::Manifest& manifest) {
  TimeColumnNames names{source.timestamp_field(), source.created_timestamp_column(), source.known_at_field()};
  if (!source.has_push()) return names;
  const v1::Source* batch = find_source(manifest, source.push().batch_source());
  if (batch == nullptr) return names;
  if (names.event_time.empty()) names.event_time = batch->timestamp_field();
  if (names.created_time.empty()) names.created_time = batch->created_timestamp_column();
  if (names.known_at.empty()) names.known_at = batch->known_at_field();
  return names;
}

TimeColumnNames time_columns(const v1::FeatureView& view, const v1::Manifest& manifest) {
  TimeColumnNames names{view.timestamp_field(), view.created_timestamp_column(), view.known_at_field()};
  const v1::Source* source = view.sources_size() == 1 ? find_source(manifest, view.sources(0)) : nullptr;
  if (source == nullptr) return names;
  TimeColumnNames theirs = time_columns(*source, manifest);
  if (names.event_time.empty()) names.event_time = theirs.event_time;
  if (has_transform(view)) return names;
  if (names.created_time.empty()) names.created_time = theirs.created_time;
  if (names.known_at.empty()) names.known_at = theirs.known_at;
  return names;
}

bool only_pushed(const ViewDefinition& definition) {
  const v1::Source& source = *definition.sources.front();
  return !has_transform(definition.view) && source.has_push() && source.push().batch_source().empty();
}

HistoryLayout ViewDefinition::row_layout() const {
  HistoryLayout layout = layout_of(*this);
  layout.event_time = times.event_time;
  layout.created_time = times.created_time;
  layout.known_at = times.known_at;
  return layout;
}

HistoryLayout ViewDefinition::stored_layout() const {
  HistoryLayout layout = layout_of(*this);
  layout.event_time = kEventTime;
  if (!times.created_time.empty()) layout.created_time = kCreatedTime;
  if (!times.known_at.empty()) layout.known_at = kKnownAt;
  return layout;
}

Result<std::shared_ptr<const Definitions>> Definitions::compile(v1::Manifest manifest, int64_t revision) {
  auto result = std::make_shared<Definitions>();
  result->request_plans_ = std::make_shared<RequestPlans>();
  result->revision_ = revision;
  result->manifest_ = std::move(manifest);
  for (const v1::FeatureView& view : result->manifest_.feature_views()) {
    ViewDefinition definition;
    definition.view = view;
    for (const std::string& name : view.sources()) definition.sources.push_back(find_source(result->manifest_, name));
    definition.times = time_columns(view, result->manifest_);
    GN_ASSIGN(definition.keys, schema_of(view.join_keys()));
    GN_ASSIGN(definition.features, schema_of(view.schema()));
    definition.row_columns = definition.features;
    if (!view.aggregations().empty()) {
      GN_ASSIGN(definition.row_columns, schema_of(view.inputs()));
      definition.rows_meaning = rows_meaning_of(view, result->manifest_);
      GN_ASSIGN(definition.aggregated, AggregatedView::compile(view, *definition.keys, *definition.row_columns));
    }
    definition.meaning_hash = meaning_hash_of(view, result->manifest_);
    definition.served_meaning = served_meaning_of(view, result->manifest_);
    definition.online = {
        fmt::format("{}/{}@{}", result->manifest_.project(), view.name(), definition.meaning_hash.substr(0, 16)),
        definition.keys,
        definition.features,
        view.ttl_us(),
        view.serving_lag_us(),
        view.as_of_retention_us()};
    result->views_.emplace(view.name(), std::move(definition));
  }
  GN_TRY(result->compile_on_demand());
  return std::shared_ptr<const Definitions>(std::move(result));
}

Status Definitions::compile_on_demand() {
  for (const v1::Source& source : manifest_.sources()) {
    if (!source.has_request()) continue;
    for (const v1::Field& column : source.schema()) request_columns_.insert(column.name());
  }
  for (const v1::FeatureView& view : manifest_.feature_views()) {
    for (const v1::Aggregation& aggregation : view.aggregations()) {
      if (!aggregation.include_request()) continue;
      for (const v1::Field& input : view.inputs()) request_columns_.insert(input.name());
    }
  }
  const LookupSets sets = lookup_sets(manifest_);
  for (const v1::OnDemandFeatureView* view : gnomon::on_demand_order(manifest_)) {
    GN_ASSIGN(OnDemandView compiled, OnDemandView::compile(*view, manifest_, sets));
    auto [place, is_new] = on_demand_.emplace(view->name(), std::move(compiled));
    on_demand_order_.push_back(&place->second);
  }
  return Status();
}

Result<const ViewDefinition*> Definitions::view(const std::string& name) const {
  auto found = views_.find(name);
  if (found != views_.end()) return &found->second;
  if (on_demand_.contains(name))
    return Status(Code::kInvalidArgument, "GN219",
                  fmt::format("view {} is computed on demand: nothing of it is stored", name),
                  "Ask for its features; materialize the views that it reads");
  std::vector<std::string> known;
  for (const auto& [other, unused] : views_) known.push_back(other);
  return not_found("feature view", name, known);
}

Result<const v1::Source*> Definitions::source(const std::string& name) const {
  if (const v1::Source* source = find_source(manifest_, name)) return source;
  std::vector<std::string> known;
  for (const v1::Source& source : manifest_.sources()) known.push_back(source.name());
  return not_found("source", name, known);
}

Status Definitions::add_feature(const std::string& view_name, const std::string& feature, bool full_names,
                                std::vector<RequestedFeature>* out) const {
  auto stored = views_.find(view_name);
  auto computed = on_demand_.find(view_name);
  if (stored == views_.end() && computed == on_demand_.end()) {
    std::vector<std::string> known;
    for (const auto& [name, unused] : views_) known.push_back(name);
    for (const auto& [name, unused] : on_demand_) known.push_back(name);
    return not_found("feature view", view_name, known);
  }
  const bool is_stored = stored != views_.end();
  const arrow::Schema& schema = is_stored ? *stored->second.features : *computed->second.features;
  std::vector<std::string> names = schema.field_names();
  if (!feature.empty()) {
    if (schema.GetFieldIndex(feature) < 0) return not_found("feature", feature, names, view_name + ":");
    names = {feature};
  }
  for (const std::string& name : names) {
    out->push_back({is_stored ? &stored->second : nullptr, is_stored ? nullptr : &computed->second, name,
                    full_names ? view_name + "__" + name : name});
  }
  return Status();
}

Status Definitions::add_refs(const FeatureRequest& request, std::vector<RequestedFeature>* out) const {
  auto add = [&](const std::string& view_name, const std::string& feature) {
    return add_feature(view_name, feature, request.full_feature_names, out);
  };
  if (request.feature_service.empty()) {
    for (const std::string& ref : request.features) {
      size_t colon = ref.find(':');
      GN_TRY(add(ref.substr(0, colon), colon == std::string::npos ? "" : ref.substr(colon + 1)));
    }
    return Status();
  }
  std::vector<std::string> known;
  for (const v1::FeatureService& service : manifest_.feature_services()) {
    known.push_back(service.name());
    if (service.name() != request.feature_service) continue;
    for (const v1::FeatureRef& ref : service.features()) {
      if (ref.features().empty()) GN_TRY(add(ref.view(), ""));
      for (const std::string& feature : ref.features()) GN_TRY(add(ref.view(), feature));
    }
    return Status();
  }
  if (views_.contains(request.feature_service) || on_demand_.contains(request.feature_service)) {
    return Status(
        Code::kNotFound, "GN102", fmt::format("{} is a feature view, not a feature service", request.feature_service),
        fmt::format("Ask for features=[\"{}\"] (--features {})", request.feature_service, request.feature_service));
  }
  return not_found("feature service", request.feature_service, known);
}

Result<std::vector<RequestedFeature>> Definitions::resolve(const FeatureRequest& request,
                                                           const std::vector<std::string>& taken) const {
  std::vector<RequestedFeature> refs;
  GN_TRY(add_refs(request, &refs));
  if (refs.empty())
    return Status(Code::kInvalidArgument, "GN214", "no features were asked for",
                  "Name features as \"view:feature\", or a feature service");
  std::vector<RequestedFeature> result;
  std::set<std::string> seen(taken.begin(), taken.end());
  std::set<std::string> clashes;
  for (const RequestedFeature& ref : refs) {
    bool repeated = false;
    for (const RequestedFeature& other : result)
      repeated |= other.view_name() == ref.view_name() && other.feature == ref.feature;
    if (repeated) continue;
    if (!seen.insert(ref.name).second) clashes.insert(ref.name);
    result.push_back(ref);
  }
  return clashes.empty() ? Result<std::vector<RequestedFeature>>(std::move(result)) : names_clash(clashes);
}

Status names_clash(const std::set<std::string>& names) {
  return Status(Code::kInvalidArgument, "GN213",
                fmt::format("these names would appear twice in the answer: {}", fmt::join(names, ", ")),
                "Use full_feature_names=True, or rename the columns of the entity rows");
}

}  // namespace gnomon
