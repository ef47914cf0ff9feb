#include "engine/resolve_schema.h"

#include <algorithm>
#include <set>

#include <arrow/api.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "data/arrow_status.h"
#include "data/cast.h"
#include "engine/aggregated_view.h"
#include "engine/source_rows.h"
#include "engine/view_rows.h"
#include "gnomon/quality.h"
#include "gnomon/registry.h"
#include "gnomon/types.h"
#include "registry/aggregated_fields.h"
#include "registry/objects.h"

namespace gnomon {
namespace {

Status unknown_column(const std::string& column, const std::string& owner, const std::vector<std::string>& known,
                      const v1::Origin& origin) {
  std::string guess = closest(column, known);
  std::string hint =
      guess.empty() ? fmt::format("Columns: {}", fmt::join(known, ", ")) : fmt::format("Did you mean \"{}\"?", guess);
  return Status(Code::kInvalidArgument, "GN101", fmt::format("unknown column \"{}\" in {}", column, owner), hint,
                place_of(origin));
}

// Rows that a view would have if its sources were empty tables of `schemas`: only their types matter.
Result<std::shared_ptr<arrow::Schema>> transformed_schema(Engine::Impl& project, const v1::FeatureView& view,
                                                          const v1::Manifest& manifest) {
  SourceTables inputs;
  for (const std::string& name : view.sources()) {
    const v1::Source* source = find_source(manifest, name);
    if (source == nullptr) continue;
    if (view.has_python()) {
      // Only the function itself knows what it returns, and it may look at the values: it gets the real rows.
      GN_ASSIGN(auto table, checked_source_table(project, *source, manifest));
      inputs.emplace_back(name, table);
      continue;
    }
    GN_ASSIGN(auto schema, source_schema(project, *source, manifest));
    GN_ARROW_ASSIGN(auto empty, "making an empty table", arrow::Table::MakeEmpty(schema));
    inputs.emplace_back(name, empty);
  }
  GN_ASSIGN(auto rows, transform_rows(project, view, inputs));
  return rows->schema();
}

class ViewResolver {
 public:
  ViewResolver(Engine::Impl& project, const v1::Manifest& applied, v1::Manifest* manifest, std::vector<Status>* problems)
      : project_(project), applied_(applied), manifest_(manifest), problems_(problems) {}

  Status resolve(v1::FeatureView* view) {
    const v1::FeatureView* before = find_view(applied_, view->name());
    bool same_rows = before != nullptr && same_definition(*before, *view);
    if (same_rows && view->has_python()) {
      // Running Python again could only tell what is frozen already.
      *view->mutable_join_keys() = before->join_keys();
      if (view->schema().empty()) *view->mutable_schema() = before->schema();
      return Status();
    }
    Result<std::shared_ptr<arrow::Schema>> rows = rows_schema(*view);
    if (!rows.ok()) {
      problems_->push_back(rows.status().with_where(place_of(view->origin())));
      return Status();
    }
    std::string owner = has_transform(*view) ? "the rows of view " + view->name() : "source " + view->sources(0);
    TimeColumnNames times = time_columns(*view, *manifest_);
    check_times(*view, times, **rows, owner);
    fill_keys(view, **rows, owner);
    check_columns_of_checks(view->expect(), (*rows)->field_names(), owner, view->origin());
    if (!view->aggregations().empty()) {
      resolve_aggregations(view, same_rows ? before : nullptr, **rows, owner);
      return Status();
    }
    bool declared = !view->schema().empty();
    if (!declared && same_rows) *view->mutable_schema() = before->schema();
    if (view->schema().empty()) infer_features(view, times, **rows);
    check_features(*view, **rows, owner, !declared && same_rows);
    return Status();
  }

 private:
  Result<std::shared_ptr<arrow::Schema>> rows_schema(const v1::FeatureView& view) {
    if (has_transform(view)) return transformed_schema(project_, view, *manifest_);
    return source_schema(project_, *find_source(*manifest_, view.sources(0)), *manifest_);
  }

  // What aggregations read, and the features that they make of it.
  void resolve_aggregations(v1::FeatureView* view, const v1::FeatureView* before, const arrow::Schema& rows,
                            const std::string& owner) {
    std::vector<std::string> keys;
    for (const v1::Field& key : view->join_keys()) keys.push_back(key.name());
    ColumnTypes known;
    for (const auto& field : rows.fields()) known[field->name()] = field->type();
    Problems problems;
    std::vector<v1::Field> features = aggregated_fields(*view, owner, known, &problems);
    for (const Status& problem : problems.take()) problems_->push_back(problem);
    check_conditions(*view, rows, problems_);
    Result<std::vector<std::string>> columns = input_columns(*view, keys);
    view->clear_inputs();
    view->clear_schema();
    if (!columns.ok() || !problems_->empty()) return;  // reported
    v1::FeatureView inputs = *view;
    for (const std::string& name : *columns) inputs.add_schema()->set_name(name);
    check_features(inputs, rows, owner, false);
    if (before != nullptr) check_frozen(*before, inputs, owner);
    *view->mutable_inputs() = inputs.schema();
    for (v1::Field& feature : features) *view->add_schema() = std::move(feature);
  }

  // A column whose type has changed since it was applied would change what is served.
  void check_frozen(const v1::FeatureView& before, const v1::FeatureView& inputs, const std::string& owner) {
    for (const v1::Field& was : before.inputs()) {
      for (const v1::Field& now : inputs.schema()) {
        if (now.name() != was.name() || now.dtype() == was.dtype()) continue;
        problems_->push_back(
            Status(Code::kFailedPrecondition, "GN142",
                   fmt::format("column \"{}\" of {} changed from {} to {}", was.name(), owner, was.dtype(), now.dtype()),
                   "Restore the column's type, or declare it in the source's schema", place_of(inputs.origin())));
      }
    }
  }

  // Equal apart from what resolving fills in.
  bool same_definition(const v1::FeatureView& before, const v1::FeatureView& now) {
    v1::FeatureView a = before;
    v1::FeatureView b = now;
    for (v1::FeatureView* view : {&a, &b}) {
      view->clear_join_keys();
      view->clear_schema();
      view->clear_inputs();
      view->clear_ttl_us();
      view->clear_expect();
      view->clear_serving_lag_us();
      view->clear_as_of_retention_us();
      view->clear_offline_only();
    }
    return meaning_of({{kViewKind, a.name()}, &a, &a.origin()}, applied_) ==
           meaning_of({{kViewKind, b.name()}, &b, &b.origin()}, *manifest_);
  }

  void check_times(const v1::FeatureView& view, const TimeColumnNames& times, const arrow::Schema& rows,
                   const std::string& owner) {
    for (const std::string& name : {times.event_time, times.created_time, times.known_at}) {
      if (name.empty()) continue;
      auto field = rows.GetFieldByName(name);
      if (field == nullptr) {
        problems_->push_back(unknown_column(name, owner, rows.field_names(), view.origin()));
      } else if (!can_cast_to_time(*field->type())) {
        problems_->push_back(Status(Code::kInvalidArgument, "GN206",
                                    fmt::format("time column \"{}\" of {} is {}", name, owner, field->type()->ToString()),
                                    "Use a timestamp, a date or ISO 8601 text", place_of(view.origin())));
      }
    }
  }

  void fill_keys(v1::FeatureView* view, const arrow::Schema& rows, const std::string& owner) {
    view->clear_join_keys();
    for (const std::string& entity_name : view->entities()) {
      const v1::Entity* entity = find_entity(*manifest_, entity_name);
      if (entity == nullptr) continue;
      for (const std::string& key : join_keys_of(*entity)) {
        auto field = rows.GetFieldByName(key);
        if (field == nullptr) {
          problems_->push_back(unknown_column(key, owner, rows.field_names(), view->origin()));
          continue;
        }
        Result<std::string> dtype = dtype_of(*field->type());
        if (!dtype.ok() || dtype->starts_with("Float") || dtype->starts_with("Array")) {
          problems_->push_back(
              Status(Code::kInvalidArgument, "GN109",
                     fmt::format("join key \"{}\" of {} is {}", key, owner, field->type()->ToString()),
                     "Use integers, text, bytes, booleans or times as keys: floats do not compare equal reliably",
                     place_of(view->origin())));
          continue;
        }
        v1::Field* resolved = view->add_join_keys();
        resolved->set_name(key);
        resolved->set_dtype(*dtype);
      }
    }
  }

  void infer_features(v1::FeatureView* view, const TimeColumnNames& times, const arrow::Schema& rows) {
    std::set<std::string> other{times.event_time, times.created_time, times.known_at};
    if (!has_transform(*view)) other.insert(find_source(*manifest_, view->sources(0))->event_id());
    for (const v1::Field& key : view->join_keys()) other.insert(key.name());
    for (const auto& field : rows.fields()) {
      if (other.contains(field->name())) continue;
      Result<std::string> dtype = dtype_of(*field->type());
      if (!dtype.ok()) {
        problems_->push_back(
            dtype.status().with_where(fmt::format("{} column \"{}\"", place_of(view->origin()), field->name())));
        continue;
      }
      v1::Field* feature = view->add_schema();
      feature->set_name(field->name());
      feature->set_dtype(*dtype);
    }
    if (view->schema().empty()) {
      problems_->push_back(Status(Code::kInvalidArgument, "GN108",
                                  fmt::format("view {} has no features: its rows hold only keys and times", view->name()),
                                  "Add columns to its source or query", place_of(view->origin())));
    }
  }

  void check_features(v1::FeatureView& view, const arrow::Schema& rows, const std::string& owner, bool frozen) {
    for (v1::Field& feature : *view.mutable_schema()) {
      auto field = rows.GetFieldByName(feature.name());
      if (field == nullptr) {
        problems_->push_back(unknown_column(feature.name(), owner, rows.field_names(), view.origin()));
        continue;
      }
      if (feature.dtype().empty()) {
        Result<std::string> dtype = dtype_of(*field->type());
        if (dtype.ok()) {
          feature.set_dtype(*dtype);
        } else {
          problems_->push_back(dtype.status().with_where(place_of(view.origin())));
        }
        continue;
      }
      Result<std::shared_ptr<arrow::DataType>> type = arrow_type_of(feature.dtype());
      if (!type.ok()) continue;  // reported by the manifest's own checks
      Result<std::string> now = dtype_of(*field->type());
      if (frozen && now.ok() && *now != feature.dtype() && field->type()->id() != arrow::Type::NA) {
        problems_->push_back(
            Status(Code::kFailedPrecondition, "GN142",
                   fmt::format("column \"{}\" of {} changed from {} to {}", feature.name(), owner, feature.dtype(), *now),
                   "Restore the column's type, or declare the schema you want", place_of(view.origin())));
      } else if (!can_cast(*field->type(), **type)) {
        problems_->push_back(Status(Code::kInvalidArgument, "GN205",
                                    fmt::format("feature \"{}\" is declared {} but {} has {}", feature.name(),
                                                feature.dtype(), owner, field->type()->ToString()),
                                    "Change the dtype, or convert the column in the source", place_of(view.origin())));
      }
    }
  }

 public:
  void check_columns_of_checks(const google::protobuf::RepeatedPtrField<v1::Check>& checks,
                               const std::vector<std::string>& known, const std::string& owner, const v1::Origin& origin) {
    for (const v1::Check& check : checks) {
      Status definition = check_definition(check);
      if (!definition.ok()) problems_->push_back(definition.with_where(place_of(origin)));
      for (const std::string& column : check.columns()) {
        if (std::find(known.begin(), known.end(), column) == known.end())
          problems_->push_back(unknown_column(column, owner, known, origin));
      }
    }
  }

  void check_event_id(const v1::Source& source, const arrow::Schema& rows) {
    if (source.event_id().empty()) return;
    auto field = rows.GetFieldByName(source.event_id());
    if (field == nullptr) {
      problems_->push_back(
          unknown_column(source.event_id(), "source " + source.name(), rows.field_names(), source.origin()));
      return;
    }
    Result<std::string> dtype = dtype_of(*field->type());
    if (dtype.ok() && !dtype->starts_with("Float") && !dtype->starts_with("Array")) return;
    problems_->push_back(Status(
        Code::kInvalidArgument, "GN109",
        fmt::format("event_id \"{}\" of source {} is {}", source.event_id(), source.name(), field->type()->ToString()),
        "Use integers, text, bytes, booleans or times as ids: floats do not compare equal reliably",
        place_of(source.origin())));
  }

 private:
  Engine::Impl& project_;
  const v1::Manifest& applied_;
  v1::Manifest* manifest_;
  std::vector<Status>* problems_;
};

}  // namespace

Status resolve_schemas(Engine::Impl& project, const v1::Manifest& applied, const std::vector<std::string>& names,
                       v1::Manifest* manifest, std::vector<Status>* problems) {
  ViewResolver resolver(project, applied, manifest, problems);
  for (v1::FeatureView& view : *manifest->mutable_feature_views()) {
    bool wanted = names.empty() || std::find(names.begin(), names.end(), view.name()) != names.end();
    if (wanted) GN_TRY(resolver.resolve(&view));
  }
  for (const v1::Source& source : manifest->sources()) {
    if (source.expect().empty() && source.event_id().empty()) continue;
    Result<std::shared_ptr<arrow::Schema>> schema = source_schema(project, source, *manifest);
    if (!schema.ok()) {
      problems->push_back(schema.status().with_where(place_of(source.origin())));
      continue;
    }
    resolver.check_columns_of_checks(source.expect(), (*schema)->field_names(), "source " + source.name(), source.origin());
    resolver.check_event_id(source, **schema);
  }
  return Status();
}

}  // namespace gnomon
